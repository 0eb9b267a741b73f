import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ref } from '../schemas/ref.ts'
import { StatsQuery, StatsSchema } from '../schemas/stats.ts'

/** How oo is doing. */
export const statsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/admin/stats',
    {
      schema: {
        operationId: 'getStats',
        tags: ['admin'],
        summary: 'Users, tips, feedback and latency of the last days',
        description: 'What each figure means is in the admin document `definitions`.',
        querystring: StatsQuery,
        response: { 200: ref(StatsSchema) },
      },
    },
    async ({ query }) => app.stats.report(query),
  )
}
