import cookie from '@fastify/cookie'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import { isSameSite } from '../src/config-checks.ts'

export interface BoundCookie {
  value: string
  /** Signed with an older secret of the list. */
  renew: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The value of one of our cookies when its signature is right and made for this very cookie. */
    readBoundCookie(name: string): BoundCookie | undefined
  }
  interface FastifyReply {
    writeBoundCookie(name: string, value: string, maxAgeMs: number): FastifyReply
    dropBoundCookie(name: string): FastifyReply
  }
}

/**
 * Request order 4: signed cookies. A signature of @fastify/cookie covers the value alone, so the cookie's name is signed
 * with it: the signed value of one cookie is worth nothing in another.
 *
 * On https a cookie is `__Host-`: Secure, no Domain, Path=/, so no sibling host can plant one.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const secure = config.API_BASE_URL.startsWith('https:')
    const oneSite = isSameSite(new URL(config.API_BASE_URL), new URL(config.WEB_BASE_URL))
    const attributes = {
      httpOnly: true,
      path: '/',
      secure,
      sameSite: oneSite ? ('lax' as const) : ('none' as const),
    }
    const fullName = (name: string) => (secure ? `__Host-${name}` : name)

    await app.register(cookie, { secret: config.SESSION_SECRET })
    const unsign = remembered(
      (signed: string) => app.unsignCookie(signed),
      (read) => read.valid,
    )

    app.decorateRequest('readBoundCookie', function (name) {
      const signed = this.cookies[fullName(name)]
      if (signed === undefined) return undefined
      const { valid, renew, value } = unsign(signed)
      const prefix = `${name}:`
      if (!valid || value === null || !value.startsWith(prefix)) return undefined
      return { value: value.slice(prefix.length), renew }
    })
    app.decorateReply('writeBoundCookie', function (name, value, maxAgeMs) {
      return this.setCookie(fullName(name), app.signCookie(`${name}:${value}`), {
        ...attributes,
        maxAge: Math.floor(maxAgeMs / 1_000),
      })
    })
    app.decorateReply('dropBoundCookie', function (name) {
      return this.clearCookie(fullName(name), attributes)
    })
  },
  { name: 'cookie' },
)

const MAX_REMEMBERED = 5_000

/**
 * Remembers answers worth it. Whether a signature is right never changes while the process runs, and checking it is a
 * tenth of what a session read costs. Only right ones are kept: others would push them out.
 */
function remembered<V>(compute: (key: string) => V, isWorth: (value: V) => boolean) {
  const answers = new Map<string, V>()
  return (key: string): V => {
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = compute(key)
    if (isWorth(answer)) {
      if (answers.size >= MAX_REMEMBERED) answers.clear()
      answers.set(key, answer)
    }
    return answer
  }
}
