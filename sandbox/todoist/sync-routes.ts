import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { invalidArgument, invalidToken, limitsReached } from './errors.ts'
import { sendError } from './faults.ts'
import type { Limiter } from './limits.ts'
import { changeAt, type ResourceType, resourceTypes, syncAnswer } from './sync.ts'
import type { Tokens } from './tokens.ts'
import type { World } from './world.ts'

export interface SyncRouteOptions {
  limiter: Limiter
  tokens: Tokens
  world: World
}

const SyncForm = Type.Object({
  sync_token: Type.Optional(Type.String()),
  resource_types: Type.Optional(Type.String()),
})

/** `POST /api/v1/sync`, for reading only. */
export async function syncRoutes(app: FastifyInstance, options: SyncRouteOptions) {
  const { limiter, tokens, world } = options
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()

  routes.post('/api/v1/sync', { schema: { body: SyncForm } }, async (request, reply) => {
    const [, bearer = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? []
    const userId = tokens.userOf(bearer)
    if (!userId) return sendError(reply, invalidToken())

    const account = world.account(userId)
    const since = changeAt(account, request.body.sync_token ?? '')
    const retryAfter = limiter(userId, since === 0 ? 'full' : 'incremental')
    if (retryAfter !== undefined) return sendError(reply, limitsReached(retryAfter))

    if (since === undefined) {
      return sendError(reply, invalidArgument('sync_token', 'a token of this user, or *'))
    }
    const wanted = parseResourceTypes(request.body.resource_types)
    if (!wanted) {
      const expected = `a JSON array of ${resourceTypes.join(', ')}`
      return sendError(reply, invalidArgument('resource_types', expected))
    }
    return syncAnswer(account, since, wanted)
  })
}

function parseResourceTypes(text: string | undefined): ResourceType[] | undefined {
  try {
    const wanted: unknown = JSON.parse(text ?? '')
    const valid =
      Array.isArray(wanted) && wanted.every((type) => resourceTypes.some((known) => known === type))
    return valid ? wanted : undefined
  } catch {
    return undefined
  }
}
