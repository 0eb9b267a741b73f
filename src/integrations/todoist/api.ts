import { Type } from '@sinclair/typebox'
import { SECOND } from '../../clock.ts'
import { createServiceClient } from '../../http/client.ts'
import { SyncAnswer, TokenAnswer } from './answers.ts'

export interface TodoistClient {
  id: string
  secret: string
}

const SHORT_MS = 5 * SECOND
const SYNC_MS = 30 * SECOND
/** About 20,000 items. */
const SYNC_MAX_BYTES = 16 * 1024 * 1024
const RESOURCES = JSON.stringify(['items', 'projects', 'user'])

/** The calls to Todoist's API v1 (https://developer.todoist.com/api/v1). @throws {UpstreamError} from each. */
export function createTodoistApi(baseUrl: string, client: TodoistClient) {
  const service = createServiceClient({ name: 'todoist', baseUrl })
  const post = { method: 'POST', timeoutMs: SHORT_MS } as const
  const token = service.operation({ ...post, name: 'token', answer: TokenAnswer })
  const revoke = service.operation({ ...post, name: 'revoke', answer: Type.Unknown() })
  const sync = service.operation({
    name: 'sync',
    method: 'POST',
    timeoutMs: SYNC_MS,
    answer: SyncAnswer,
    maxBytes: SYNC_MAX_BYTES,
  })
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64')

  return {
    /** @param syncToken `*`: everything. */
    sync: (accessToken: string, syncToken: string) =>
      sync({
        path: '/api/v1/sync',
        headers: { authorization: `Bearer ${accessToken}` },
        body: new URLSearchParams({ sync_token: syncToken, resource_types: RESOURCES }),
      }),

    refresh: (refreshToken: string) =>
      token({
        path: '/oauth/access_token',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: refreshToken,
          client_id: client.id,
          client_secret: client.secret,
        }),
      }),

    /** RFC 7009. */
    revoke: (value: string, hint: 'access_token' | 'refresh_token') =>
      revoke({
        path: '/api/v1/revoke',
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ token: value, token_type_hint: hint }),
      }),

    close: () => service.close(),
  }
}

export type TodoistApi = ReturnType<typeof createTodoistApi>
