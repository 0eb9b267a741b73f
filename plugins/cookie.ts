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

const MAX_REMEMBERED = 5_000

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
    // Whether a signature is right never changes while the process runs, and checking it costs a tenth of a session read.
    const known = new Map<string, BoundCookie>()

    app.decorateRequest('readBoundCookie', function (name) {
      const signed = this.cookies[fullName(name)]
      if (signed === undefined) return undefined
      const prefix = `${name}:`
      const key = prefix + signed
      const remembered = known.get(key)
      if (remembered) return remembered
      const { valid, renew, value } = app.unsignCookie(signed)
      // Only what is right is remembered: anything else would push it out.
      if (!valid || value === null || !value.startsWith(prefix)) return undefined
      const cookie = { value: value.slice(prefix.length), renew }
      if (known.size >= MAX_REMEMBERED) known.clear()
      known.set(key, cookie)
      return cookie
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
