import cors from '@fastify/cors'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'

/**
 * Request order 1: the web app's origin and no other may read answers, with credentials. The origin is a constant: what
 * the caller sends is never echoed. It runs first, so that errors carry the headers too and the web app can read them.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    await app.register(cors, {
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
      exposedHeaders: 'retry-after, x-ratelimit-limit, x-ratelimit-remaining',
      maxAge: 600,
      strictPreflight: false,
    })
  },
  { name: 'cors' },
)
