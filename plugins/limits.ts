import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import { Problem } from '../src/errors.ts'
import { SteadyWindows } from '../src/http/steady-windows.ts'

/** Which budget a route draws from: by address on sign-in routes, by user (or address when signed out) elsewhere. */
export type Limit = 'auth' | 'user'

declare module 'fastify' {
  interface FastifyContextConfig {
    limit?: Limit
  }
  interface FastifyInstance {
    /** Puts the routes of this scope under a budget of requests per minute. */
    limit(budget: Limit): void
  }
}

/** 429 with `Retry-After`, one window of a minute for each budget. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    await app.register(rateLimit, {
      global: false,
      timeWindow: 60_000,
      store: SteadyWindows,
      errorResponseBuilder: (_request, context) =>
        new Problem('rate_limited', {
          detail: `Too many requests; try again in ${Math.ceil(context.ttl / 1_000)} s`,
        }),
    })
    const limiters = {
      // Before the body is read: guessing a token must cost us next to nothing.
      auth: {
        hook: 'onRequest' as const,
        handler: app.rateLimit({ max: config.RATE_LIMIT_AUTH }),
      },
      user: {
        hook: 'preValidation' as const,
        handler: app.rateLimit({ max: config.RATE_LIMIT_USER, keyGenerator: callerOf }),
      },
    }
    app.decorate('limit', function (this: FastifyInstance, budget: Limit) {
      this.addHook('onRoute', (route) => {
        route.config = { ...route.config, limit: budget }
      })
      const { hook, handler } = limiters[budget]
      this.addHook(hook as 'onRequest', handler)
    })
  },
  { name: 'limits', dependencies: ['session'] },
)

const callerOf = (request: FastifyRequest): string => request.userId ?? request.ip
