import type { Readable } from 'node:stream'
import { type Static, Type } from '@sinclair/typebox'
import { Page, pageQuery, Time } from './common.ts'
import { eventPayloads } from './events.ts'
import { Nullable, ref } from './ref.ts'

export const EventSchema = Type.Object(
  {
    id: Type.String({ description: 'UUIDv7; consumers drop repeats by it' }),
    seq: Type.Integer({ description: 'Position in the event log' }),
    type: Type.String(),
    userId: Nullable(Type.String()),
    occurredAt: Time(),
    traceId: Type.String(),
    payload: Type.Object(
      {},
      { additionalProperties: true, description: 'By type; docs/events.md has them all' },
    ),
  },
  {
    $id: 'Event',
    title: 'Event',
    examples: [
      {
        id: '019aab0e-6c1f-7d3a-9b51-0c7a4f0e2d11',
        seq: 4711,
        type: 'signals.tip.served',
        userId: '019aab0d-11aa-7c55-8d0e-2f6f1b7c9a10',
        occurredAt: '2026-11-22T09:00:00.000Z',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        payload: {
          tipId: '019aab0e-6c10-7b1e-a8c4-5d2c9e7f1a02',
          source: 'model',
          policy: 'linucb',
          latencyMs: 83,
        },
      },
    ],
  },
)
export type EventItem = Static<typeof EventSchema>

const filters = {
  type: Type.Optional(Type.String({ enum: Object.keys(eventPayloads) })),
  userId: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
}

export const RecentEventsQuery = Type.Object(
  { limit: pageQuery.limit, ...filters },
  { additionalProperties: false },
)

export const RecentEventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'Stream only: the `id` of the last event that was received' }),
  ),
})

export const RecentEventsSchema = Type.Object({
  source: Type.String({
    enum: ['memory', 'jetstream'],
    description:
      'jetstream while NATS is connected and answers in time, else what this server has itself',
  }),
  items: Type.Array(ref(EventSchema)),
})

export const EVENT_STREAM = 'text/event-stream'

export const RecentEventsAnswer = {
  description: 'The newest events first; with `Accept: text/event-stream` a stream as they happen',
  content: {
    'application/json': { schema: RecentEventsSchema },
    [EVENT_STREAM]: { schema: Type.Unsafe<Readable>({ type: 'string' }) },
  },
}

export const HistoryQuery = Type.Object(
  {
    from: Type.Optional(Time('Not before; ISO 8601')),
    to: Type.Optional(Time('Not after; ISO 8601')),
    ...filters,
    ...pageQuery,
  },
  { additionalProperties: false },
)

export const HistorySchema = Page(ref(EventSchema))
