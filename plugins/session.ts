import fp from 'fastify-plugin'
import type { NewSession, Session } from '../src/auth/sessions.ts'
import type { Config } from '../src/config.ts'
import { Problem } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The hook that reads the session, for the scope whose routes know sessions. */
    readSession(request: FastifyRequest, reply: FastifyReply): Promise<void>
    /** The session of a request in a scope that is guarded, where there always is one. */
    sessionOf(request: FastifyRequest): Session
  }
  interface FastifyRequest {
    /** The live session that the cookie names, or null. */
    session: Session | null
    /** Who calls, or null. */
    userId: string | null
  }
  interface FastifyReply {
    writeSessionCookie(session: NewSession): FastifyReply
    dropSessionCookie(): FastifyReply
  }
}

const COOKIE = 'sid'
/** Request order 5: a valid `sid` cookie gives `request.userId` and `request.session`. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.decorate('sessionOf', ({ session }) => {
      if (session === null) throw new Problem('unauthenticated')
      return session
    })
    app.decorateRequest('session', null)
    app.decorateRequest('userId', null)
    app.decorateReply('writeSessionCookie', function ({ id, maxAgeMs }) {
      return this.writeBoundCookie(COOKIE, id, maxAgeMs)
    })
    app.decorateReply('dropSessionCookie', function () {
      return this.dropBoundCookie(COOKIE)
    })

    app.decorate('readSession', async (request, reply) => {
      const cookie = request.readBoundCookie(COOKIE)
      if (!cookie) return
      const session = await app.sessions.find(app.db, cookie.value)
      if (!session) return
      request.session = session
      request.userId = session.user.id
      // Signed with an older secret of the list: sign it anew, so that the old one can be dropped one day.
      if (cookie.renew) reply.writeBoundCookie(COOKIE, cookie.value, config.SESSION_ABSOLUTE_MS)
    })
  },
  { name: 'session', dependencies: ['cookie', 'database', 'sessions'] },
)
