import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { NewSession, Session } from '../src/auth/sessions.ts'
import type { Config } from '../src/config.ts'
import { Problem } from '../src/errors.ts'
import type { BoundCookie } from './cookie.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Reads the session of a request that was refused before the hook did. */
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

/** Request order 5: a valid `sid` cookie gives `request.userId` and `request.session`, in the scope it is registered in. */
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

    function begin(
      request: FastifyRequest,
      reply: FastifyReply,
      cookie: BoundCookie,
      session: Session | undefined,
    ): void {
      if (!session) return
      request.session = session
      request.userId = session.user.id
      // Signed with an older secret of the list: sign it anew, so that the old one can be dropped one day.
      if (cookie.renew) reply.writeBoundCookie(COOKIE, cookie.value, config.SESSION_ABSOLUTE_MS)
    }

    app.decorate('readSession', async (request, reply) => {
      const cookie = request.readBoundCookie(COOKIE)
      if (cookie) begin(request, reply, cookie, await app.sessions.find(cookie.value))
    })
    // By callback: nearly always the session is known, and then nothing is waited for.
    app.addHook('preValidation', (request, reply, done) => {
      const cookie = request.readBoundCookie(COOKIE)
      const session = cookie && app.sessions.recent(cookie.value)
      if (cookie && !session) {
        app.readSession(request, reply).then(() => done(), done)
        return
      }
      if (cookie) begin(request, reply, cookie, session)
      done()
    })
  },
  { name: 'session', dependencies: ['cookie', 'database', 'sessions'] },
)
