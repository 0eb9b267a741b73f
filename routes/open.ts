import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { appliedMigrations, migrations } from '../db/migrate.ts'
import { HEALTHY, HealthSchema, ReadySchema } from '../schemas/open.ts'

/** Probes and the API's own description: for whoever can reach the server. */
export const openRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/health',
    {
      logLevel: 'silent',
      schema: {
        operationId: 'getHealth',
        tags: ['open'],
        summary: 'Whether the process lives',
        response: { 200: HealthSchema },
      },
    },
    async () => HEALTHY,
  )

  app.get(
    '/ready',
    {
      logLevel: 'warn',
      schema: {
        operationId: 'getReady',
        tags: ['open'],
        summary: 'Whether requests should be sent here',
        response: { 200: ReadySchema, 503: ReadySchema },
      },
    },
    async (_request, reply) => {
      const checks = {
        ...(await checkDatabase()),
        serving: app.lifecycle.draining ? 'draining' : 'ok',
      }
      const ok = Object.values(checks).every((check) => check === 'ok')
      return reply.code(ok ? 200 : 503).send({ ok, checks })
    },
  )

  async function checkDatabase() {
    try {
      const applied = await appliedMigrations(app.db)
      const current = applied.length === Object.keys(migrations).length
      return { database: 'ok', migrations: current ? 'ok' : 'pending' }
    } catch {
      return { database: 'down', migrations: 'unknown' }
    }
  }

  app.get(
    '/api/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        tags: ['open'],
        summary: 'This document',
        response: {
          200: { description: 'OpenAPI 3.1', type: 'object', additionalProperties: true },
        },
      },
    },
    async (_request, reply) => reply.type('application/json').send(app.openapiText),
  )
}
