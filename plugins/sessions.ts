import fp from 'fastify-plugin'
import { createSessionStore, type SessionStore } from '../src/auth/sessions.ts'
import type { Config } from '../src/config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessions: SessionStore
  }
}

/** After which a session found a moment ago may be none, or its user another. */
const ENDS = ['signals.session.ended', 'signals.session.started', 'signals.user.deleted'] as const

/** Who is signed in where: for the routes that ask, and the jobs that end what has run out. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const store = createSessionStore(
      app.db,
      app.clock,
      { idleMs: config.SESSION_IDLE_MS, absoluteMs: config.SESSION_ABSOLUTE_MS },
      config.ADMIN_EMAILS,
    )
    app.decorate('sessions', store)
    for (const type of ENDS) app.bus.on(type, () => store.forget())
  },
  { name: 'sessions', dependencies: ['database', 'events'] },
)
