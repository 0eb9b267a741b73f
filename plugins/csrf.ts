import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import { Problem } from '../src/errors.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Cross-site request forgery: a browser tells where a request comes from, so an unsafe method from another page is
 * refused before its body is read. A request with neither header comes from a program, which carries no one's cookies.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const allowed = new Set([config.WEB_BASE_URL, config.API_BASE_URL])
    app.addHook('onRequest', (request, _reply, done) => {
      if (SAFE_METHODS.has(request.method) || comesFromOurPages(request, allowed)) done()
      else done(new Problem('origin_refused'))
    })
  },
  { name: 'csrf' },
)

function comesFromOurPages(request: FastifyRequest, allowed: Set<string>): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined) return allowed.has(origin)
  return site === undefined || site === 'same-origin' || site === 'none'
}
