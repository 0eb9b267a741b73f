import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'

export const JSON_CSP = "default-src 'none'; frame-ancestors 'none'"

/** Headers on every answer, errors and 404 included. A route that serves a page sets its own policy over this one. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const headers: Record<string, string> = {
      'x-content-type-options': 'nosniff',
      'content-security-policy': JSON_CSP,
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-site',
    }
    if (config.API_BASE_URL.startsWith('https:')) {
      headers['strict-transport-security'] = 'max-age=31536000; includeSubDomains'
    }
    app.addHook('onRequest', (request, reply, done) => {
      reply.headers(headers)
      if (request.url.startsWith('/api')) reply.header('cache-control', 'no-store')
      done()
    })
  },
  { name: 'security-headers' },
)
