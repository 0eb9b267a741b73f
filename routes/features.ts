import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { UserIdParams } from '../schemas/common.ts'
import { FeaturesSchema, ScoreContextSchema } from '../schemas/features.ts'
import { ref } from '../schemas/ref.ts'
import { findLastContext } from '../src/decisions/receipt.ts'
import { Problem } from '../src/errors.ts'

/** What is known of a user when a tip is chosen. */
export const featureRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/admin/features/:userId',
    {
      schema: {
        operationId: 'listFeatures',
        tags: ['admin'],
        summary: 'The profile features of a user, as they are cached',
        params: UserIdParams,
        response: { 200: FeaturesSchema },
        problems: [404],
      },
    },
    async ({ params }) => {
      const features = await app.features.list(params.userId)
      if (!features) throw new Problem('not_found')
      return { features }
    },
  )

  app.get(
    '/admin/features/:userId/context',
    {
      schema: {
        operationId: 'getScoreContext',
        tags: ['admin'],
        summary: 'Context and features as sent with the user’s last score call',
        params: UserIdParams,
        response: { 200: ref(ScoreContextSchema) },
        problems: [404],
      },
    },
    async ({ params }) => {
      const sent = await findLastContext(app.db, params.userId)
      if (!sent) throw new Problem('not_found')
      return sent
    },
  )
}
