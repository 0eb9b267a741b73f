import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../src/errors.ts'

/** Who may call a route. A scope declares it for all its routes; nothing tests URLs. */
export type Access = 'open' | 'user' | 'admin'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyInstance {
    /** Declares who may call the routes of this scope, and guards them. Call it before the routes are registered. */
    allow(access: Access): void
  }
}

/** @returns why a request may not pass. */
const guards = {
  user: ({ session }: FastifyRequest) => (session ? undefined : new Problem('unauthenticated')),
  admin({ session }: FastifyRequest) {
    if (!session) return new Problem('unauthenticated')
    return session.user.role === 'admin' ? undefined : new Problem('forbidden')
  },
}

/** Authorisation by encapsulation: a scope's guard covers each route that is registered in it. */
export default fp(
  async (app) => {
    app.decorate('allow', function (this: FastifyInstance, access: Access) {
      this.addHook('onRoute', (route) => {
        route.config = { ...route.config, access }
      })
      if (access === 'open') return
      this.addHook('preValidation', (request, _reply, done) => done(guards[access](request)))
    })
  },
  { name: 'access', dependencies: ['session'] },
)
