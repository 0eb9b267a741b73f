import cors from '@fastify/cors'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'

/** What every answer says, whoever asks: the origin is a constant, nothing of the request is echoed. */
export const corsHeaders = (config: Config): Record<string, string> => ({
  'access-control-allow-origin': config.WEB_BASE_URL,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'retry-after',
})

/**
 * Request order 1: the web app's origin and no other may read answers, with credentials. It runs first, so that errors
 * carry the headers too and the web app can read them.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const headers = corsHeaders(config)
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(headers)
      done()
    })
    // In a scope of its own, where there is nothing but its route for preflights: on every other request its hook would
    // find out anew what the headers above are, which is a tenth of what a probe costs.
    await app.register(async (preflights) => {
      await preflights.register(cors, {
        origin: config.WEB_BASE_URL,
        credentials: true,
        methods: ['GET', 'HEAD', 'POST', 'DELETE'],
        allowedHeaders: [
          'content-type',
          'accept',
          'idempotency-key',
          'last-event-id',
          'traceparent',
          'tracestate',
        ],
        maxAge: 600,
        strictPreflight: false,
      })
    })
  },
  { name: 'cors' },
)
