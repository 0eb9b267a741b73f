import { randomBytes } from 'node:crypto'

/** How long a rotated refresh token still answers, without a new refresh token. */
export const REFRESH_REPEAT_MS = 60_000
const CODE_LIFETIME_MS = 10 * 60_000

export interface TokenOptions {
  /** Life of an access token. Without it tokens never expire and there are no refresh tokens, as with older apps. */
  lifetimeSeconds?: number
  /** Milliseconds since the epoch. */
  clock: () => number
}

/** Answer of the token endpoint (RFC 6749, section 5.1). */
export interface TokenAnswer {
  access_token: string
  token_type: 'Bearer'
  expires_in?: number
  refresh_token?: string
}

export interface LiveToken {
  userId: string
  accessToken: string
  /** ISO 8601, null when it never expires. */
  expiresAt: string | null
  refreshToken: string | null
}

interface Grant {
  userId: string
  /** Access tokens with the time (ms) at which they die. */
  access: Map<string, number>
  refresh: string | undefined
  /** Earlier refresh tokens with the time (ms) at which they were rotated. */
  rotated: Map<string, number>
}

/** What an app holds on behalf of users: codes, access tokens, refresh tokens. */
export interface Tokens {
  issueCode(userId: string): string
  /** undefined for a code that is unknown, used or older than ten minutes. */
  redeemCode(code: string): TokenAnswer | undefined
  /** undefined for a refresh token that is unknown, revoked or rotated more than a minute ago. */
  refresh(refreshToken: string): TokenAnswer | undefined
  /** undefined for an access token that is not alive. */
  userOf(accessToken: string): string | undefined
  /** Ends everything that belongs to the token; an unknown one is no error (RFC 7009, section 2.2). */
  revoke(token: string): void
  live(): LiveToken[]
  /** Lets access tokens die, of one user or of all; refresh tokens stay good. */
  expire(userId?: string): void
}

export function createTokens({ lifetimeSeconds, clock }: TokenOptions): Tokens {
  const codes = new Map<string, { userId: string; expiresAt: number }>()
  const grants = new Set<Grant>()

  function answer(grant: Grant, refreshToken: string | undefined): TokenAnswer {
    const token = secret()
    grant.access.set(token, lifetimeSeconds ? clock() + lifetimeSeconds * 1000 : Infinity)
    return {
      access_token: token,
      token_type: 'Bearer',
      ...(lifetimeSeconds && { expires_in: lifetimeSeconds }),
      ...(refreshToken && { refresh_token: refreshToken }),
    }
  }

  return {
    issueCode(userId) {
      const code = secret()
      codes.set(code, { userId, expiresAt: clock() + CODE_LIFETIME_MS })
      return code
    },
    redeemCode(code) {
      const issued = codes.get(code)
      codes.delete(code)
      if (!issued || issued.expiresAt <= clock()) return undefined
      const refresh = lifetimeSeconds ? secret() : undefined
      const grant: Grant = { userId: issued.userId, access: new Map(), refresh, rotated: new Map() }
      grants.add(grant)
      return answer(grant, refresh)
    },
    refresh(refreshToken) {
      for (const grant of grants) {
        if (grant.refresh === refreshToken) {
          grant.rotated.set(refreshToken, clock())
          grant.refresh = secret()
          return answer(grant, grant.refresh)
        }
        const rotatedAt = grant.rotated.get(refreshToken)
        if (rotatedAt !== undefined && clock() - rotatedAt < REFRESH_REPEAT_MS) {
          return answer(grant, undefined)
        }
      }
      return undefined
    },
    userOf(accessToken) {
      for (const grant of grants) {
        if ((grant.access.get(accessToken) ?? 0) > clock()) return grant.userId
      }
      return undefined
    },
    revoke(token) {
      for (const grant of grants) {
        const holds = grant.access.has(token) || grant.refresh === token || grant.rotated.has(token)
        if (holds) grants.delete(grant)
      }
    },
    live: () => [...grants].flatMap((grant) => liveTokens(grant, clock())),
    expire(userId) {
      for (const grant of grants) {
        if (userId === undefined || grant.userId === userId) grant.access.clear()
      }
    },
  }
}

function liveTokens(grant: Grant, now: number): LiveToken[] {
  return [...grant.access]
    .filter(([, expiresAt]) => expiresAt > now)
    .map(([accessToken, expiresAt]) => ({
      userId: grant.userId,
      accessToken,
      expiresAt: Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null,
      refreshToken: grant.refresh ?? null,
    }))
}

function secret(): string {
  return randomBytes(20).toString('hex')
}
