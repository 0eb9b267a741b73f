import { type TSchema, Type } from '@sinclair/typebox'
import { Nullable } from './ref.ts'

/** ISO 8601 in UTC. */
export const Time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description && { description }) })

/** An id in a path. A string that is no id at all is as unknown as any other: 404, not 400. */
export const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) })
export const UserIdParams = Type.Object({ userId: Type.String({ minLength: 1, maxLength: 100 }) })
export const ProviderParams = Type.Object({
  provider: Type.String({ minLength: 1, maxLength: 100 }),
})

export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: '`nextCursor` of the page before' }),
  ),
}
export const PageQuery = Type.Object(pageQuery, { additionalProperties: false })

/** A page of a list, newest first. */
export const Page = <S extends TSchema>(item: S) =>
  Type.Object({
    items: Type.Array(item),
    nextCursor: Nullable(Type.String({ description: 'Null on the last page' })),
  })

/** A body that may be left out: Fastify validates a missing one as null. */
export const OptionalBody = Nullable
/** The body of an unsafe request that needs none: nothing, or `{}`. */
export const EmptyBody = OptionalBody(Type.Object({}, { additionalProperties: false }))

/** Where the browser goes next. */
export const AuthorizationUrl = Type.Object({ authorizationUrl: Type.String({ format: 'uri' }) })
export const NoContent = Type.Null({ description: 'Done, nothing to say' })
export const Redirect = Type.Null({ description: 'Goes on at `Location`' })
