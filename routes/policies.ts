import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { EmptyBody } from '../schemas/common.ts'
import { PoliciesSchema, PolicyParams, PolicySchema, ToggleBody } from '../schemas/policies.ts'
import { ref } from '../schemas/ref.ts'

/** Which policy decides, and which only watch. */
export const policyRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/admin/policies',
    {
      schema: {
        operationId: 'listPolicies',
        tags: ['admin'],
        summary: 'The active policy and its shadows',
        response: { 200: ref(PoliciesSchema) },
      },
    },
    () => app.policies.list(),
  )

  app.post(
    '/admin/policies',
    {
      schema: {
        operationId: 'refreshPolicies',
        tags: ['admin'],
        summary: 'The active policy and its shadows, after asking ml/serving what it knows',
        description:
          'Should ml/serving not answer, the policies are listed as they were known before.',
        body: EmptyBody,
        response: { 200: ref(PoliciesSchema) },
      },
    },
    async (request) => {
      await app.policies.refresh(request.traceId)
      return app.policies.list()
    },
  )

  app.post(
    '/admin/policies/:name/toggle',
    {
      schema: {
        operationId: 'togglePolicy',
        tags: ['admin'],
        summary: 'Enable or disable a shadow',
        params: PolicyParams,
        body: ToggleBody,
        response: { 200: ref(PolicySchema) },
        problems: [404, 409],
      },
    },
    ({ params, body, traceId }) => app.policies.toggle(params.name, body?.enabled, traceId),
  )
}
