import { type Static, type TSchema, Type } from '@sinclair/typebox'

const MaybeNull = <S extends TSchema>(schema: S) => Type.Optional(Type.Union([schema, Type.Null()]))
const MaybeText = MaybeNull(Type.String())

/** Tokens (RFC 6749, section 5.1). Older apps get neither an expiry nor a refresh token. */
export const TokenAnswer = Type.Object({
  access_token: Type.String({ minLength: 1 }),
  refresh_token: Type.Optional(Type.String({ minLength: 1 })),
  expires_in: Type.Optional(Type.Number({ minimum: 0 })),
})
export type TokenAnswer = Static<typeof TokenAnswer>

/** An item of the Sync API v1: the part that we use. A deleted one need not have more than its id. */
const Item = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 100 }),
  content: Type.Optional(Type.String()),
  description: MaybeText,
  project_id: MaybeText,
  priority: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
  due: MaybeNull(
    Type.Object({
      date: Type.String(),
      timezone: MaybeText,
      is_recurring: Type.Optional(Type.Boolean()),
    }),
  ),
  labels: MaybeNull(Type.Array(Type.String())),
  checked: Type.Optional(Type.Boolean()),
  is_deleted: Type.Optional(Type.Boolean()),
  added_at: MaybeText,
  updated_at: MaybeText,
  completed_at: MaybeText,
})
export type Item = Static<typeof Item>

const Project = Type.Object({ id: Type.String(), name: Type.String() })
export type Project = Static<typeof Project>

export const SyncAnswer = Type.Object({
  sync_token: Type.String({ minLength: 1 }),
  full_sync: Type.Boolean(),
  items: Type.Array(Item),
  projects: Type.Array(Project),
  user: Type.Optional(
    Type.Object({ tz_info: Type.Optional(Type.Object({ timezone: Type.String() })) }),
  ),
})
export type SyncAnswer = Static<typeof SyncAnswer>

/** The body of a 429: seconds to wait, which come here and not in a `Retry-After` header. */
export const LimitsReached = Type.Object({
  error_extra: Type.Object({ retry_after: Type.Number({ minimum: 0 }) }),
})

/** An error of the token endpoint (RFC 6749, section 5.2). */
export const TokenError = Type.Object({ error: Type.String() })
