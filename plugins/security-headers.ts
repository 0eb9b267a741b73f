import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'

export const JSON_CSP = "default-src 'none'; frame-ancestors 'none'"

/** What every answer carries, also the few that no hook ever sees (see plugins/unroutable.ts). */
export function securityHeaders(config: Config): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': JSON_CSP,
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-site',
    ...(config.API_BASE_URL.startsWith('https:') && {
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    }),
  }
}

/** Headers on every answer, errors and 404 included. A route that serves a page sets its own policy over this one. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const headers = securityHeaders(config)
    const ofApi = { ...headers, 'cache-control': 'no-store' }
    app.addHook('onRequest', (request, reply, done) => {
      reply.headers(request.url.startsWith('/api') ? ofApi : headers)
      done()
    })
  },
  { name: 'security-headers' },
)
