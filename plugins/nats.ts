import { setTimeout as sleep } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { EventFilter } from '../db/events.ts'
import { findOutboxCursor } from '../db/outbox.ts'
import { SECOND } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { readStreamEnd } from '../src/events/jetstream.ts'
import { BATCH_SIZE, createJetStreamDelivery } from '../src/events/jetstream-delivery.ts'
import { openNatsLink } from '../src/events/nats-link.ts'
import { createOutboxConsumer } from '../src/events/outbox.ts'
import { mergeRecent, type RecentEvents, recentHere } from '../src/events/recent.ts'

export interface EventDelivery {
  /** Whether NATS is there, and how many events it has yet to get. */
  status(): { nats: 'disabled' | 'connected' | 'disconnected'; backlog: number }
  /** The newest events: from JetStream where it answers in time, else from the log here. */
  recent(limit: number, filter: EventFilter): Promise<RecentEvents>
}

declare module 'fastify' {
  interface FastifyInstance {
    eventDelivery: EventDelivery
  }
}

const CONSUMER = 'nats'
const READ_TIMEOUT_MS = 500
/** What is being delivered when the server closes has so long to arrive. */
const LAST_DELIVERY_MS = 2 * SECOND
/** Events of other processes, and those that failed; what this process commits is delivered at once. */
const LOOK_EVERY_MS = SECOND

/** Delivery of every event to NATS JetStream, where there is one. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const readHere = (limit: number, filter: EventFilter) =>
      recentHere(app.db, app.eventTail.position() - config.EVENT_BUFFER_SIZE, limit, filter)

    if (config.NATS_URL) await deliverToNats(config)
    else {
      app.decorate('eventDelivery', {
        status: () => ({ nats: 'disabled', backlog: 0 }),
        recent: readHere,
      })
    }

    async function deliverToNats({ NATS_URL, EVENT_BUFFER_SIZE }: Config): Promise<void> {
      const link = openNatsLink(NATS_URL, app.log)
      const cursor = await findOutboxCursor(app.db, CONSUMER)
      const delivery = createJetStreamDelivery(link, app.log, cursor)
      const consumer = createOutboxConsumer({
        db: app.db,
        bus: app.bus,
        // Its waits are about the network, not about the calendar.
        clock: () => performance.now(),
        log: app.log,
        name: CONSUMER,
        types: [],
        batchSize: BATCH_SIZE,
        deliver: delivery.deliver,
      })
      app.decorate('eventDelivery', {
        status: () => ({
          nats: link.isConnected() ? 'connected' : 'disconnected',
          backlog: Math.max(0, app.eventTail.position() - delivery.delivered()),
        }),
        async recent(limit, filter) {
          const here = await readHere(limit, filter)
          const isFiltered = filter.type !== undefined || filter.userId !== undefined
          const depth = isFiltered ? EVENT_BUFFER_SIZE : limit
          const read = async () => readStreamEnd(await link.whenConnected(), depth, filter)
          const stored = link.isConnected() ? await inTime(read) : undefined
          return stored ? mergeRecent(stored, here.items, limit) : here
        },
      })
      app.addJob({
        name: 'event delivery',
        everyMs: LOOK_EVERY_MS,
        firstDelayMs: 0,
        // Not awaited: while NATS is away a delivery waits for it, and a closing server waits for its jobs.
        run: async () => consumer.wake(),
      })
      app.addHook('preClose', async () => {
        const closed = consumer.close()
        if (link.isConnected()) {
          await Promise.race([closed, sleep(LAST_DELIVERY_MS, undefined, { ref: false })])
        }
        await link.close()
        await closed
      })
    }

    /** @returns undefined when it fails or takes too long. */
    async function inTime<T>(read: () => Promise<T>): Promise<T | undefined> {
      const late = Promise.withResolvers<undefined>()
      const timer = setTimeout(late.resolve, READ_TIMEOUT_MS, undefined)
      try {
        return await Promise.race([read(), late.promise])
      } catch (err) {
        app.log.warn({ err }, 'JetStream cannot be read')
        return undefined
      } finally {
        clearTimeout(timer)
      }
    }
  },
  { name: 'nats', dependencies: ['event-tail', 'events', 'schedule'] },
)
