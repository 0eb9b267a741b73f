import { type Static, Type } from '@sinclair/typebox'
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { type Clock, HOUR, hasPassed, SECOND } from '../clock.ts'
import { createServiceClient } from '../http/client.ts'

/** OpenID Connect Discovery 1.0, section 3: the part that we use. */
const MetadataSchema = Type.Object({
  issuer: Type.String(),
  authorization_endpoint: Type.String(),
  token_endpoint: Type.String(),
  jwks_uri: Type.String(),
})
export type ProviderMetadata = Static<typeof MetadataSchema>

const JwksSchema = Type.Object({ keys: Type.Array(Type.Object({ kty: Type.String() })) })

/** Who signed in, as the provider vouches for it. */
export interface IdentityClaims {
  issuer: string
  subject: string
  email: string | null
  emailVerified: boolean
  name: string | null
  picture: string | null
}

export interface OpenIdProvider {
  /** What the provider says of itself; fetched at first use, so that its outage is not ours, and kept for an hour. */
  metadata(): Promise<ProviderMetadata>
  /** @throws when any check of OpenID Connect Core 1.0, section 3.1.3.7, fails. */
  verifyIdToken(idToken: string, nonce: string): Promise<IdentityClaims>
  close(): Promise<void>
}

const TIMEOUT_MS = 5 * SECOND
const KEEP_MS = HOUR
/** An unknown key id fetches the keys again, but no more often than this. */
const KEYS_COOLDOWN_MS = 30 * SECOND
const SIGNATURES = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']
/** Google signs with either spelling (developers.google.com/identity/openid-connect). */
const GOOGLE_ISSUERS = ['https://accounts.google.com', 'accounts.google.com']

export function createOpenIdProvider(options: {
  issuer: string
  clientId: string
  clock: Clock
}): OpenIdProvider {
  const { issuer, clientId, clock } = options
  const issuers = GOOGLE_ISSUERS.includes(issuer) ? GOOGLE_ISSUERS : [issuer]
  const client = createServiceClient({ name: 'identity provider', baseUrl: '' })
  const discover = client.operation({
    name: 'discovery',
    method: 'GET',
    timeoutMs: TIMEOUT_MS,
    answer: MetadataSchema,
  })
  const fetchKeys = client.operation({
    name: 'keys',
    method: 'GET',
    timeoutMs: TIMEOUT_MS,
    answer: JwksSchema,
  })

  const metadata = keptFor(KEEP_MS, clock, async () => {
    const path = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const found = await discover({ path })
    // Section 4.3: it must speak of the issuer that was asked.
    if (found.issuer !== issuer) throw new Error('The provider names another issuer than its own')
    return found
  })
  const keys = keptFor(KEEP_MS, clock, async () => {
    const { jwks_uri } = await metadata.get()
    return createLocalJWKSet((await fetchKeys({ path: jwks_uri })) as JSONWebKeySet)
  })

  async function verify(idToken: string) {
    return jwtVerify(idToken, await keys.get(), {
      issuer: issuers,
      audience: clientId,
      algorithms: SIGNATURES,
      currentDate: new Date(clock()),
      clockTolerance: 5,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
    })
  }

  return {
    metadata: metadata.get,

    async verifyIdToken(idToken, nonce) {
      const { payload } = await verify(idToken).catch((error) => {
        const rotated = error instanceof errors.JWKSNoMatchingKey
        if (!rotated || !keys.dropOlderThan(KEYS_COOLDOWN_MS)) throw error
        return verify(idToken)
      })
      if (payload.nonce !== nonce) throw new Error('The ID token has another nonce')
      // Section 3.1.3.7, points 3–5: more than one audience needs an authorised party, and it must be us.
      if (payload.azp !== undefined && payload.azp !== clientId) {
        throw new Error('The ID token was made for another party')
      }
      return {
        issuer,
        subject: payload.sub as string,
        email: text(payload.email),
        emailVerified: payload.email_verified === true,
        name: text(payload.name),
        picture: text(payload.picture),
      }
    },

    close: () => client.close(),
  }
}

const text = (claim: unknown): string | null =>
  typeof claim === 'string' && claim !== '' ? claim.slice(0, 2_000) : null

/** Fetches once, keeps the value for a while, and forgets a failure. */
function keptFor<T>(keepMs: number, clock: Clock, fetch: () => Promise<T>) {
  let value: Promise<T> | undefined
  let fetchedAt = 0
  return {
    get(): Promise<T> {
      if (value && !hasPassed(fetchedAt, keepMs, clock())) return value
      fetchedAt = clock()
      const fetched = fetch()
      value = fetched
      fetched.catch(() => {
        if (value === fetched) value = undefined
      })
      return fetched
    },
    /** @returns whether there was something old enough to drop. */
    dropOlderThan(ageMs: number): boolean {
      if (value === undefined || !hasPassed(fetchedAt, ageMs, clock())) return false
      value = undefined
      return true
    },
  }
}
