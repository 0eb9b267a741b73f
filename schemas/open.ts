import { Type } from '@sinclair/typebox'

export const HealthSchema = Type.Object({ ok: Type.Boolean() })

export const ReadySchema = Type.Object({
  ok: Type.Boolean(),
  checks: Type.Object({
    database: Type.String({ description: '`ok` or `down`' }),
    migrations: Type.String({ description: '`ok`, `pending` or `unknown`' }),
    serving: Type.String({ description: '`ok` or `draining`' }),
  }),
})
