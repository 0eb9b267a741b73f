import { randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import { type Configuration, Provider } from 'oidc-provider'
import { type Account, claimsOf, subjectOf } from './accounts.ts'
import { errorPage } from './pages.ts'
import { MemoryAdapter, type Store } from './store.ts'

export interface ClientOptions {
  clientId: string
  clientSecret: string
  /** Redirect URIs that the client may ask for, compared as whole strings. */
  redirectUris: string[]
}

export interface ProviderOptions extends ClientOptions {
  accounts: readonly Account[]
  /** Private RS256 key, with `kid` and `alg`. */
  signingKey: JWK
}

const HOUR = 60 * 60

/** An OpenID provider with one confidential client, that leaves sign-in and consent to pages at `/interaction/:uid`. */
export function createProvider(issuer: string, options: ProviderOptions): Provider {
  const provider = new Provider(issuer, configuration(issuer, options))
  startSignedOut(provider)
  return provider
}

function configuration(issuer: string, options: ProviderOptions): Configuration {
  const store: Store = new Map()
  return {
    adapter: (model: string) => new MemoryAdapter(model, store),
    jwks: { keys: [options.signingKey as NonNullable<Configuration['jwks']>['keys'][number]] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        client_name: 'oo',
        redirect_uris: options.redirectUris,
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'RS256',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    responseTypes: ['code'],
    scopes: ['openid', 'email', 'profile'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture'] },
    // Google puts the claims of the scopes into the ID token itself; the standard's default is userinfo only.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, subject) => {
      const account = options.accounts.find((candidate) => subjectOf(candidate) === subject)
      return account && { accountId: subject, claims: () => claimsOf(account, issuer) }
    },
    clientBasedCORS: () => false,
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = errorPage(out.error, out.error_description ?? '')
    },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      Grant: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: HOUR,
    },
  }
}

/** Makes every sign-in start signed out, so that a person is asked who to be and what to allow: accounts are switched here. */
function startSignedOut(provider: Provider): void {
  provider.use(async (ctx, next) => {
    if (ctx.path === '/auth') {
      delete ctx.req.headers.cookie
      ctx.cookies.set(provider.cookieName('session'), null)
    }
    await next()
  })
}
