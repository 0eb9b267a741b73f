import { Problem } from '../errors.ts'
import type { OAuthChallenge } from '../oauth/transactions.ts'
import type { IdentityClaims, OpenIdProvider, ProviderMetadata } from './oidc.ts'

/** What trading a code needs of an OAuth 2.0 client (simple-oauth2's AuthorizationCode). */
interface CodeClient {
  authorizeURL(params: Record<string, string>): string
  getToken(params: Record<string, string>): Promise<{ token: Record<string, unknown> }>
}

export interface Google {
  /** Where the person signs in. @throws {Problem} oauth_provider_failed when the provider cannot be asked. */
  authorizationUrl(challenge: OAuthChallenge): Promise<string>
  /** Trades the code and verifies the ID token. @throws {Problem} oauth_provider_failed */
  identify(code: string, codeVerifier: string, nonce: string): Promise<IdentityClaims>
}

export interface GoogleOptions {
  provider: OpenIdProvider
  redirectUri: string
  createClient(metadata: ProviderMetadata): Promise<CodeClient>
  /** Told why the provider was not believed; nothing secret is in it. */
  onFailure(reason: string): void
}

export function createGoogle({
  provider,
  redirectUri,
  createClient,
  onFailure,
}: GoogleOptions): Google {
  const clients = new WeakMap<ProviderMetadata, Promise<CodeClient>>()

  async function client(): Promise<CodeClient> {
    const metadata = await provider.metadata()
    const existing = clients.get(metadata) ?? createClient(metadata)
    clients.set(metadata, existing)
    return existing
  }

  /** The provider's errors may quote the request with its client secret: only their name goes on. */
  async function orProviderFailed<T>(step: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      onFailure(`${step}: ${nameOf(error)}`)
      throw new Problem('oauth_provider_failed')
    }
  }

  return {
    authorizationUrl: (challenge) =>
      orProviderFailed('discovery', async () =>
        (await client()).authorizeURL({
          redirect_uri: redirectUri,
          scope: 'openid email profile',
          state: challenge.state,
          nonce: challenge.nonce,
          code_challenge: challenge.codeChallenge,
          code_challenge_method: 'S256',
        }),
      ),

    async identify(code, codeVerifier, nonce) {
      const idToken = await orProviderFailed('code exchange', async () => {
        const { token } = await (await client()).getToken({
          code,
          redirect_uri: redirectUri,
          code_verifier: codeVerifier,
        })
        if (typeof token.id_token !== 'string') throw new Error('no ID token')
        return token.id_token
      })
      return orProviderFailed('ID token', () => provider.verifyIdToken(idToken, nonce))
    },
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as { code?: unknown }
  const { output } = error as { output?: { statusCode?: number } }
  return [error.name, code, output?.statusCode].filter((part) => part !== undefined).join(' ')
}
