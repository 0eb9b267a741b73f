import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DecisionSchema, TipIdParams } from '../schemas/decisions.ts'
import { ref } from '../schemas/ref.ts'
import { findReceipt } from '../src/decisions/receipt.ts'
import { Problem } from '../src/errors.ts'

/** Why a tip was given. */
export const decisionRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/admin/decisions/:tipId',
    {
      schema: {
        operationId: 'getDecision',
        tags: ['admin'],
        summary: 'The receipt of a decision',
        description:
          'Candidates with their features and probabilities, what was known of the user and how old it was, the ' +
          'versions of policy and prompt, what the shadows would have chosen, and the answers with their rewards.',
        params: TipIdParams,
        response: { 200: ref(DecisionSchema) },
        problems: [404],
      },
    },
    async ({ params }) => {
      const receipt = await findReceipt(app.db, params.tipId)
      if (!receipt) throw new Problem('not_found')
      return receipt
    },
  )
}
