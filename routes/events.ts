import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  EVENT_STREAM,
  HistoryQuery,
  HistorySchema,
  RecentEventsAnswer,
  RecentEventsHeaders,
  RecentEventsQuery,
} from '../schemas/admin-events.ts'
import { readHistory } from '../src/events/history.ts'

/** What happened, and what is happening. */
export const eventRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/admin/events',
    {
      // A HEAD of a stream would never end.
      exposeHeadRoute: false,
      schema: {
        operationId: 'listRecentEvents',
        tags: ['admin'],
        summary: 'The newest events, or a stream of them as they happen',
        description:
          'The stream has the position of each event as its id and resumes behind `Last-Event-ID`; without it, it starts ' +
          'now. A comment every 15 s keeps it open. An event `gap` says that something was missed.',
        querystring: RecentEventsQuery,
        headers: RecentEventsHeaders,
        response: { 200: RecentEventsAnswer },
      },
    },
    async (request, reply) => {
      const { limit, ...filter } = request.query
      if (!request.headers.accept?.includes(EVENT_STREAM)) {
        return app.eventDelivery.recent(limit, filter)
      }
      const { user, publicId } = app.sessionOf(request)
      const stream: Readable = app.openEventStream({
        filter,
        lastEventId: request.headers['last-event-id'],
        stillAllowed: async () =>
          (await app.sessions.list(app.db, user.id)).some((row) => row.public_id === publicId),
      })
      return reply.type(EVENT_STREAM).header('x-accel-buffering', 'no').send(stream)
    },
  )

  app.get(
    '/admin/events/history',
    {
      schema: {
        operationId: 'listEventHistory',
        tags: ['admin'],
        summary: 'All events, newest first',
        querystring: HistoryQuery,
        response: { 200: HistorySchema },
      },
    },
    async ({ query }) => readHistory(app.db, query),
  )
}
