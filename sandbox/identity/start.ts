import Fastify from 'fastify'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Provider } from 'oidc-provider'
import { listen } from '../listen.ts'
import { type Account, defaultAccounts } from './accounts.ts'
import { type FaultKind, type FaultyEndpoint, installFaults } from './faults.ts'
import { interactions } from './interactions.ts'
import { type ClientOptions, createProvider } from './provider.ts'
import { type Tampering, tamperWithIdTokens } from './tamper.ts'

export interface IdentityOptions extends ClientOptions {
  /** Wanted port; 0 or a taken one gives any. */
  port: number
  /** Who can sign in; a handful of well-known people unless given. */
  accounts?: readonly Account[]
  /** Told where it listens, says where it is reached, if that is somewhere else: that is then the issuer. */
  reachedAt?: (url: string) => Promise<string>
}

export interface Identity {
  /** Issuer identifier; discovery is at `/.well-known/openid-configuration` below it. */
  issuer: string
  /** Where it listens: the issuer, unless it is reached somewhere else. */
  url: string
  accounts: readonly Account[]
  /** Makes an endpoint fail from now on; `undefined` makes it well again. */
  fault(endpoint: FaultyEndpoint, kind: FaultKind | undefined): void
  /** Makes the ID tokens issued from now on lie; `undefined` makes them honest again. */
  tamper(tampering: Tampering | undefined): void
  close(): Promise<void>
}

/** A real OpenID provider (oidc-provider) on loopback, with pages of its own, for one confidential client. */
export async function startIdentity(options: IdentityOptions): Promise<Identity> {
  const accounts = options.accounts ?? defaultAccounts
  const signingKey = await createSigningKey()
  let provider: Provider
  let answer: ReturnType<Provider['callback']>
  let tampering: Tampering | undefined

  const app = Fastify({ forceCloseConnections: true })
  const faults = installFaults(app)
  // oidc-provider reads its request bodies itself: Fastify must leave them in the socket.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.register(interactions, { accounts, provider: () => provider })
  app.all('/*', (request, reply) => {
    reply.hijack()
    answer(request.raw, reply.raw)
  })

  const url = await listen(app, options.port)
  const issuer = (await options.reachedAt?.(url)) ?? url
  provider = createProvider(issuer, { ...options, accounts, signingKey })
  tamperWithIdTokens(provider, signingKey, () => tampering)
  answer = provider.callback()

  return {
    issuer,
    url,
    accounts,
    fault: (endpoint, kind) => faults.set(endpoint, kind),
    tamper: (wanted) => {
      tampering = wanted
    },
    close: () => app.close(),
  }
}

async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: 'sandbox-1', alg: 'RS256', use: 'sig' }
}
