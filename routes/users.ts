import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { EmptyBody } from '../schemas/common.ts'
import { ref } from '../schemas/ref.ts'
import { AccountExportSchema, DeletedSchema, ProfileSchema } from '../schemas/users.ts'
import { exportAccount } from '../src/users/export.ts'
import { describeProfile } from '../src/users/profile.ts'

/** One's own account. */
export const userRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, clock, secretBox, sessions, integrations, deletion } = app

  app.get(
    '/user/profile',
    {
      schema: {
        operationId: 'getProfile',
        tags: ['users'],
        summary: 'Who one is here',
        response: { 200: ref(ProfileSchema) },
      },
    },
    async (request) => describeProfile({ db, integrations }, app.sessionOf(request).user),
  )

  app.get(
    '/user/export',
    {
      schema: {
        operationId: 'exportAccount',
        tags: ['users'],
        summary: 'Everything held about oneself',
        description: 'One JSON document, written as it is read. It holds no secret.',
        response: {
          200: {
            description: 'The document, as an attachment',
            content: { 'application/json': { schema: ref(AccountExportSchema) } },
          },
        },
      },
    },
    async (request, reply) => {
      const deps = { db, clock, secretBox, sessions, integrations }
      const text = await exportAccount(deps, app.sessionOf(request))
      return (
        reply
          .type('application/json; charset=utf-8')
          .header('content-disposition', 'attachment; filename="oo-export.json"')
          // The schema describes the text; there is no object that it could serialise.
          .send(Readable.from(text) as never)
      )
    },
  )

  app.delete(
    '/user',
    {
      schema: {
        operationId: 'deleteAccount',
        tags: ['users'],
        summary: 'Delete one’s account and all that is in it',
        description:
          'Nothing that identifies the person stays. What happened is kept under a name that leads nowhere. ' +
          'Providers whose access could not be ended now are told later.',
        body: EmptyBody,
        response: { 200: DeletedSchema },
      },
    },
    async (request, reply) => {
      const { user } = app.sessionOf(request)
      const receipt = await deletion.deleteAccount(user.id, request.traceId)
      return reply.dropSessionCookie().send({ receipt })
    },
  )
}
