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

const guards = {
  user(request: FastifyRequest) {
    if (request.userId === null) throw new Problem('unauthenticated')
  },
  admin(request: FastifyRequest) {
    if (request.userId === null) throw new Problem('unauthenticated')
    if (request.session?.user.role !== 'admin') throw new Problem('forbidden')
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
      this.addHook('preValidation', async (request) => guards[access](request))
    })
  },
  { name: 'access', dependencies: ['session'] },
)
