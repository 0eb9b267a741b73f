import oauth2 from '@fastify/oauth2'
import Fastify from 'fastify'

/** The part of simple-oauth2 that we use: build the address, trade the code, renew. */
export interface OAuth2Client {
  authorizeURL(params: Record<string, string>): string
  getToken(params: Record<string, string>): Promise<{ token: Record<string, unknown> }>
}

export interface OAuth2Endpoints {
  authorizationUrl: string
  tokenUrl: string
}

export interface OAuth2Credentials {
  id: string
  secret: string
  /** How the secret is sent: as Basic (RFC 6749, section 2.3.1; the default), or in the form. */
  authorization?: 'header' | 'body'
}

const TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * An OAuth 2.0 client of @fastify/oauth2. The plugin wants its endpoints when it is registered, but an OpenID provider
 * tells them only when it is asked, which we do at first use: so the plugin is registered on an instance of its own,
 * that serves nothing and only carries the client.
 *
 * State, nonce and PKCE are not left to the plugin, which keeps them in cookies where they can be replayed and taken for
 * another provider's: see src/oauth/transactions.ts.
 */
export async function createOAuth2Client(
  endpoints: OAuth2Endpoints,
  client: OAuth2Credentials,
): Promise<OAuth2Client> {
  const authorize = new URL(endpoints.authorizationUrl)
  const token = new URL(endpoints.tokenUrl)
  const carrier = Fastify()
  await carrier.register(oauth2, {
    name: 'carried',
    credentials: {
      client: { id: client.id, secret: client.secret },
      auth: {
        authorizeHost: authorize.origin,
        authorizePath: authorize.pathname,
        tokenHost: token.origin,
        tokenPath: token.pathname,
      },
      http: { timeout: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, redirects: 0 },
      options: { authorizationMethod: client.authorization ?? 'header' },
    },
    // Required by the plugin; every request names its own.
    callbackUri: 'http://localhost/unused',
    userAgent: false,
  })
  await carrier.ready()
  return (carrier as unknown as { carried: { oauth2: OAuth2Client } }).carried.oauth2
}
