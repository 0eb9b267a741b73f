import { setTimeout as sleep } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import type { Database } from '../../db/open.ts'
import { findOutboxCursor, listEventsAfter, moveOutboxCursor } from '../../db/outbox.ts'
import type { EventRow } from '../../db/tables.ts'
import type { EventPayload, EventType } from '../../schemas/events.ts'
import { type Clock, MINUTE } from '../clock.ts'
import { backoff } from '../jobs/backoff.ts'
import type { Log } from '../log.ts'
import type { EventBus, OoEvent } from './bus.ts'

export interface OutboxOptions<T extends EventType> {
  db: Database
  bus: EventBus
  /** Only differences count: best the monotonic one, which no correction of the calendar sets back. */
  clock: Clock
  log: Log
  /** Names the cursor in the database; it must stay the same for ever. */
  name: string
  /** What is delivered; empty: everything. */
  types: readonly T[]
  /** Events in one delivery, at most. */
  batchSize: number
  /** Pause between two full deliveries, in milliseconds: who was away for an hour is not to be rushed. Default: none. */
  restMs?: number
  /** Hands the events over, in order. May be given the same ones again. @throws to be tried again later. */
  deliver(events: OoEvent<T>[]): Promise<void>
}

/** Takes events from the log to somewhere else: at least once each, in order, also after a restart. */
export interface OutboxConsumer {
  /** Begins to deliver what there is, unless it is waiting after a failure. Safe to call at any time. */
  wake(): void
  /** The same, and waits until there is nothing left or it has failed. Never rejects. */
  run(): Promise<void>
  /** Begins nothing more, and waits for the delivery in flight. */
  close(): Promise<void>
}

const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = MINUTE

/**
 * The cursor is the position of the last event that was delivered. It moves only after that, so an event is delivered
 * again when the process ends in between. The bus wakes the consumer right after a commit; `run`, called by a job, finds
 * what was missed: events of another process, of the time before the start, and those that failed.
 */
export function createOutboxConsumer<T extends EventType>(
  options: OutboxOptions<T>,
): OutboxConsumer {
  const { db, bus, clock, log, name, types, batchSize, restMs = 0 } = options
  let failures = 0
  let notBefore = 0
  let closed = false
  let running: Promise<void> | undefined
  let woken = false

  /** @returns whether there may be more. */
  async function deliverBatch(): Promise<boolean> {
    const cursor = await findOutboxCursor(db, name)
    const rows = await listEventsAfter(db, cursor, types, batchSize)
    const last = rows.at(-1)
    if (!last) return false
    await options.deliver(rows.map((row) => storedEvent<T>(row)))
    await moveOutboxCursor(db, name, last.seq)
    failures = 0
    return rows.length === batchSize
  }

  async function drain(): Promise<void> {
    try {
      do {
        woken = false
        while (!closed && (await deliverBatch())) if (restMs > 0) await sleep(restMs)
      } while (woken && !closed)
    } catch (err) {
      failures++
      const waitMs = backoff(failures, FIRST_RETRY_MS, MAX_RETRY_MS)
      notBefore = clock() + waitMs
      log.warn({ err, outbox: name, failures, waitMs }, 'events could not be delivered yet')
    } finally {
      // In the same tick as the last look at `woken`: no wake-up falls in between.
      running = undefined
    }
  }

  function wake(): void {
    if (closed || clock() < notBefore) return
    woken = true
    running ??= drain()
  }

  // What listens must not wait: a delivery may last as long as its receiver is away, and the bus would keep each event.
  const stops = (types.length > 0 ? types : (['*'] as const)).map((type) => bus.on(type, wake))

  return {
    wake,
    async run() {
      wake()
      await running
    },
    async close() {
      closed = true
      for (const stop of stops) stop()
      await running
    },
  }
}

/** An event as it was when it was stored. */
export const storedEvent = <T extends EventType>(row: Selectable<EventRow>): OoEvent<T> => ({
  seq: row.seq,
  id: row.id,
  type: row.type as T,
  userId: row.user_id,
  occurredAt: row.occurred_at,
  traceId: row.trace_id,
  payload: JSON.parse(row.payload) as EventPayload<T>,
})
