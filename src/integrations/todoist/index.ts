import { Value } from '@sinclair/typebox/value'
import { type Clock, SECOND } from '../../clock.ts'
import {
  type CodeClient,
  type CreateProvider,
  ProviderError,
  type ProviderTokens,
} from '../provider.ts'
import { TokenAnswer } from './answers.ts'
import { createTodoistApi } from './api.ts'
import { fetchChanges } from './changes.ts'
import { isUnknownThere, providerError, refreshError } from './errors.ts'

/** Read tasks, and nothing else. */
const SCOPE = 'data:read'

export const createTodoist: CreateProvider = async ({ config, clock, createCodeClient }) => {
  const { TODOIST_AUTH_URL, TODOIST_API_URL } = config
  const client = { id: config.TODOIST_CLIENT_ID, secret: config.TODOIST_CLIENT_SECRET }
  const api = createTodoistApi(TODOIST_API_URL, client)
  const oauth = await createCodeClient(
    {
      authorizationUrl: new URL('/oauth/authorize', TODOIST_AUTH_URL).href,
      tokenUrl: new URL('/oauth/access_token', TODOIST_API_URL).href,
    },
    { ...client, authorization: 'body' },
  )

  async function revokeOne(token: string, hint: 'access_token' | 'refresh_token'): Promise<void> {
    try {
      await api.revoke(token, hint)
    } catch (error) {
      if (!isUnknownThere(error)) throw providerError(error)
    }
  }

  return {
    authorizationUrl: ({ state, redirectUri }) =>
      oauth.authorizeURL({ scope: SCOPE, state, redirect_uri: redirectUri }),

    async exchange({ code, redirectUri }) {
      return tokensOf(await tradeCode(oauth, code, redirectUri), clock, null)
    },

    async refresh(refreshToken) {
      const answer = await api.refresh(refreshToken).catch((error) => {
        throw refreshError(error)
      })
      return tokensOf(answer, clock, refreshToken)
    },

    fetchChanges: (accessToken, cursor) =>
      fetchChanges(api, new URL(TODOIST_AUTH_URL).origin, accessToken, cursor),

    // Ending an access token that has expired says nothing of the refresh token: each is ended by itself.
    async revoke({ accessToken, refreshToken }) {
      await revokeOne(accessToken, 'access_token')
      if (refreshToken !== null) await revokeOne(refreshToken, 'refresh_token')
    },

    close: () => api.close(),
  }
}

/** simple-oauth2's errors quote the request with the client's secret: nothing of them goes on but the status. */
async function tradeCode(oauth: CodeClient, code: string, redirectUri: string) {
  let token: unknown
  try {
    token = (await oauth.getToken({ code, redirect_uri: redirectUri })).token
  } catch (error) {
    const status = (error as { output?: { statusCode?: number } }).output?.statusCode
    throw new ProviderError('provider_unavailable', `todoist code exchange ${status ?? 'failed'}`)
  }
  if (Value.Check(TokenAnswer, token)) return token
  throw new ProviderError('bad_answer', 'todoist code exchange gave no token')
}

/** @param known the refresh token to keep when the answer has none, as after a repeat within a minute. */
const tokensOf = (answer: TokenAnswer, clock: Clock, known: string | null): ProviderTokens => ({
  accessToken: answer.access_token,
  refreshToken: answer.refresh_token ?? known,
  expiresAt: answer.expires_in === undefined ? null : clock() + answer.expires_in * SECOND,
})
