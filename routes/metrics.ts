import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Problem } from '../src/errors.ts'
import { mayScrape } from '../src/metrics/access.ts'

/** What is measured, for Prometheus. */
export const metricsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/metrics',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getMetrics',
        tags: ['open'],
        summary: 'What is measured, in the text format of Prometheus',
        description: 'From this machine itself, or with the bearer token METRICS_TOKEN.',
        security: [{ metrics: [] }, {}],
        response: {
          200: {
            description: 'Prometheus text format 0.0.4',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
        problems: [401],
      },
    },
    async ({ headers, socket }, reply) => {
      if (!mayScrape({ headers, socketAddress: socket.remoteAddress }, app.config.METRICS_TOKEN)) {
        throw new Problem('unauthenticated', {
          detail: 'The metrics are for this machine, or for who has their token',
          headers: { 'www-authenticate': 'Bearer' },
        })
      }
      return reply
        .header('cache-control', 'no-store')
        .type(app.metrics.contentType)
        .send(await app.metrics.read())
    },
  )
}
