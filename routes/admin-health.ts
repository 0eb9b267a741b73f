import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AdminHealthSchema } from '../schemas/admin.ts'
import {
  checkApi,
  checkBus,
  checkDatabase,
  checkMlflow,
  checkMlServing,
} from '../src/admin/checks.ts'
import { CHECK_TIMEOUT_MS, examine } from '../src/admin/health.ts'

/** How this server and what it depends on are doing. */
export const adminHealthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const constant = {
    api: checkApi(app.lifecycle),
    db: checkDatabase(app.db),
    bus: checkBus(() => app.eventDelivery.status()),
    mlflow: checkMlflow(app.config.MLFLOW_URL),
  }

  app.get(
    '/admin/health',
    {
      schema: {
        operationId: 'getAdminHealth',
        tags: ['admin'],
        summary: 'How this server and what it depends on are doing',
        description: 'Always 200, within two seconds, whatever hangs.',
        response: { 200: AdminHealthSchema },
      },
    },
    async (request) =>
      examine({ ...constant, mlServing: checkMlServing(app.ml, request, CHECK_TIMEOUT_MS) }),
  )
}
