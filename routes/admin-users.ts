import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  AdminUserDetailSchema,
  AdminUserSchema,
  AdminUsersQuery,
  UserAction,
  UserActionAnswer,
} from '../schemas/admin.ts'
import { IdParams, Page } from '../schemas/common.ts'
import { ref } from '../schemas/ref.ts'
import { actOnUser } from '../src/admin/actions.ts'
import { describeUser, listUsers } from '../src/admin/users.ts'

/** Users, as the team that runs oo sees them. */
export const adminUserRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, sessions, integrations, config } = app
  const deps = { db, sessions, integrations, adminEmails: config.ADMIN_EMAILS }

  app.get(
    '/admin/users',
    {
      schema: {
        operationId: 'listUsers',
        tags: ['admin'],
        summary: 'Users, newest first',
        querystring: AdminUsersQuery,
        response: { 200: Page(ref(AdminUserSchema)) },
      },
    },
    async ({ query }) => listUsers(deps, query),
  )

  const detail = (operationId: string) => ({
    schema: {
      operationId,
      tags: ['admin'],
      summary: 'One user: detail, consents, integrations, recent tips, sessions',
      params: IdParams,
      response: { 200: ref(AdminUserDetailSchema) },
      problems: [404],
    },
  })
  app.get('/user/:id', detail('getUser'), async ({ params }) => describeUser(deps, params.id))
  app.get('/admin/users/:id', detail('getUserAsAdmin'), async ({ params }) =>
    describeUser(deps, params.id),
  )

  app.post(
    '/admin/users/:id/actions',
    {
      schema: {
        operationId: 'actOnUser',
        tags: ['admin'],
        summary: 'Revoke an integration, reset what the policies learned, rebuild the profile',
        params: IdParams,
        body: UserAction,
        response: { 200: UserActionAnswer },
        problems: [404, 409, 502, 504],
      },
    },
    async (request) => {
      const result = await actOnUser(app, request.params.id, request.body, request)
      return { ok: true, result }
    },
  )
}
