import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { EmptyBody, NoContent } from '../schemas/common.ts'
import {
  DeviceSchema,
  PushKeySchema,
  PushResultSchema,
  PushSubscriptionBody,
  UnsubscribeBody,
} from '../schemas/push.ts'
import { ref } from '../schemas/ref.ts'
import { Problem } from '../src/errors.ts'
import { testNotice } from '../src/push/notice.ts'

function pushOf({ push }: FastifyInstance) {
  if (!push) throw new Problem('push_disabled')
  return push
}

/** Notices on one's own devices. */
export const pushRoutes: FastifyPluginAsyncTypebox = async (app) => {
  // Before the body is looked at: it does not matter what it says while push is off.
  app.addHook('preValidation', async () => {
    pushOf(app)
  })

  app.get(
    '/push/key',
    {
      schema: {
        operationId: 'getPushKey',
        tags: ['push'],
        summary: 'The key to subscribe with',
        response: { 200: PushKeySchema },
      },
    },
    async () => ({ publicKey: pushOf(app).publicKey }),
  )

  app.post(
    '/push/subscribe',
    {
      schema: {
        operationId: 'subscribePush',
        tags: ['push'],
        summary: 'Send notices to this browser',
        description:
          'Takes the browser’s `PushSubscription` as it is. The endpoint must be https on a public host. ' +
          'A user has at most 20 devices; a further one replaces the oldest.',
        body: PushSubscriptionBody,
        response: { 200: ref(DeviceSchema), 201: ref(DeviceSchema) },
      },
    },
    async (request, reply) => {
      const { user } = app.sessionOf(request)
      const { created, device } = await pushOf(app).subscribe(user.id, request.body)
      return reply.code(created ? 201 : 200).send(device)
    },
  )

  app.delete(
    '/push/subscribe',
    {
      schema: {
        operationId: 'unsubscribePush',
        tags: ['push'],
        summary: 'Send no more notices to a browser',
        body: UnsubscribeBody,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const { user } = app.sessionOf(request)
      await pushOf(app).unsubscribe(user.id, request.body.endpoint)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/push/test',
    {
      schema: {
        operationId: 'testPush',
        tags: ['push'],
        summary: 'Send a test notice to one’s own devices',
        body: EmptyBody,
        response: { 200: ref(PushResultSchema) },
      },
    },
    async (request) => {
      const { user } = app.sessionOf(request)
      const notice = testNotice(`${app.config.WEB_BASE_URL}/`)
      return pushOf(app).notify(user.id, notice, request.traceId)
    },
  )
}
