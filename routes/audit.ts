import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditEntrySchema, AuditQuery } from '../schemas/audit.ts'
import { Page } from '../schemas/common.ts'
import { ref } from '../schemas/ref.ts'
import { listEntries } from '../src/audit/log.ts'

/** Who did what to whom and when. */
export const auditRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/admin/audit',
    {
      schema: {
        operationId: 'listAudit',
        tags: ['admin'],
        summary: 'Every admin call, also the refused ones',
        querystring: AuditQuery,
        response: { 200: Page(ref(AuditEntrySchema)) },
      },
    },
    async ({ query }) => {
      const { limit, cursor, ...filter } = query
      return listEntries(
        app.db,
        { ...filter, beforeSeq: cursor ? Number(cursor) : undefined },
        limit,
      )
    },
  )
}
