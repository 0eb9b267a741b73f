import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify'
import fp from 'fastify-plugin'
import { MINUTE } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { Problem } from '../src/errors.ts'
import { networkOf } from '../src/http/network.ts'
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

/**
 * 429 with `Retry-After`, one window of a minute for each budget. By callback, without a promise: it is on the way of
 * every request, where @fastify/rate-limit, which waits three times, took an eighth of what a session read costs.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const limiters = {
      // Before the body is read: guessing a token must cost us next to nothing.
      auth: {
        hook: 'onRequest',
        handler: limiter(config.RATE_LIMIT_AUTH, ({ ip }) => networkOf(ip)),
      },
      user: { hook: 'preValidation', handler: limiter(config.RATE_LIMIT_USER, callerOf) },
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

const callerOf = ({ userId, ip }: FastifyRequest): string => userId ?? networkOf(ip)

function limiter(max: number, keyOf: (request: FastifyRequest) => string) {
  const windows = new SteadyWindows(MINUTE)
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    const { count, msToGo } = windows.count(keyOf(request))
    if (count <= max) {
      done()
      return
    }
    const seconds = Math.ceil(msToGo / 1_000)
    const detail = `Too many requests; try again in ${seconds} s`
    done(new Problem('rate_limited', { detail, headers: { 'retry-after': String(seconds) } }))
  }
}
