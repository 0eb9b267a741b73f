import { type Static, Type } from '@sinclair/typebox'

export const HealthSchema = Type.Object({ ok: Type.Boolean() })

/** The answer of a process that lives. */
export const HEALTHY: Static<typeof HealthSchema> = { ok: true }

export const ReadySchema = Type.Object({
  ok: Type.Boolean(),
  checks: Type.Object({
    database: Type.String({ description: '`ok` or `down`' }),
    migrations: Type.String({ description: '`ok`, `pending` or `unknown`' }),
    serving: Type.String({ description: '`ok` or `draining`' }),
  }),
})
