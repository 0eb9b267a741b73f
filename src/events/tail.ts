import { setImmediate as nextTurn } from 'node:timers/promises'
import { type EventFilter, eventLogBounds, eventsAfter } from '../../db/events.ts'
import type { Database } from '../../db/open.ts'
import type { EventBus, OoEvent } from './bus.ts'
import { storedEvent } from './outbox.ts'

/** The end of the event log as this process knows it: every committed event once, in log order, whoever wrote it. */
export interface EventTail {
  /** Position of the newest event that was seen; 0 for an empty log. */
  position(): number
  /** Reads what other processes committed. Afterwards everything committed before the call has been seen. */
  catchUp(): Promise<void>
  /** The newest events, newest first, as many as the buffer holds. */
  recent(): OoEvent[]
  /**
   * Events behind a position that match, oldest first, and the position up to which there are no others: from memory
   * where it reaches back so far, else from the database.
   */
  after(position: number, filter: EventFilter): Promise<{ events: OoEvent[]; upTo: number }>
  /** Resolves when there is something behind the position, after `timeoutMs`, or when the signal fires. */
  changed(position: number, timeoutMs: number, signal: AbortSignal): Promise<void>
  /** @returns the function that stops listening. */
  onAdvance(listener: () => void): () => void
  close(): void
}

const BATCH = 500

/**
 * Follows the log by the bus, which is quick, and by `catchUp`, which also sees what other processes wrote and mends
 * whatever the bus did out of order. Positions follow the order of commits because SQLite has one writer at a time.
 *
 * @param size how many recent events are kept in memory.
 */
export async function createEventTail(
  db: Database,
  bus: EventBus,
  size: number,
): Promise<EventTail> {
  let position = 0
  let buffer: OoEvent[] = []
  let reading: Promise<void> | undefined
  let next: Promise<void> | undefined
  const listeners = new Set<() => void>()

  function take(event: OoEvent): void {
    position = event.seq
    buffer.push(event)
    // Trimmed now and then instead of shifted each time.
    if (buffer.length >= 2 * size) buffer = buffer.slice(-size)
  }

  function announce(): void {
    for (const listener of listeners) listener()
  }

  async function seed(): Promise<void> {
    const { last } = await eventLogBounds(db)
    // Positions have gaps at most where a transaction was undone; a few events fewer do no harm.
    const rows = await eventsAfter(db, { after: Math.max(0, last - size), limit: size })
    buffer = rows.map(storedEvent)
    position = buffer.at(-1)?.seq ?? last
  }

  async function readOn(): Promise<void> {
    for (;;) {
      const rows = await eventsAfter(db, { after: position, limit: BATCH })
      const events = rows.map(storedEvent).filter((event) => event.seq > position)
      for (const event of events) take(event)
      if (events.some(erases)) await seed()
      if (events.length > 0) announce()
      if (rows.length < BATCH) return
      await nextTurn()
    }
  }

  /** A run under way may have read before the caller's moment: one more follows it, for all who asked meanwhile. */
  function catchUp(): Promise<void> {
    if (reading) {
      next ??= reading
        .catch(() => {})
        .then(() => {
          next = undefined
          return catchUp()
        })
      return next
    }
    reading = readOn().finally(() => {
      reading = undefined
    })
    return reading
  }

  function onAdvance(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  await seed()
  const stop = bus.on('*', (event) => {
    if (event.seq <= position) return
    if (event.seq > position + 1 || reading || erases(event)) return catchUp()
    take(event)
    announce()
  })

  return {
    position: () => position,
    catchUp,
    recent: () => buffer.slice(-size).reverse(),

    async after(from, filter) {
      const upTo = position
      const oldest = buffer[0]
      if (oldest && from >= oldest.seq - 1) {
        const events = buffer.filter((event) => event.seq > from && event.seq <= upTo)
        return { events: events.filter((event) => matches(event, filter)), upTo }
      }
      const rows = await eventsAfter(db, { ...filter, after: from, upTo, limit: BATCH })
      const last = rows.at(-1)
      return {
        events: rows.map(storedEvent),
        upTo: last && rows.length === BATCH ? last.seq : upTo,
      }
    },

    changed(from, timeoutMs, signal) {
      if (position > from || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(done, timeoutMs)
        const unlisten = onAdvance(done)
        signal.addEventListener('abort', done, { once: true })
        function done(): void {
          clearTimeout(timer)
          unlisten()
          signal.removeEventListener('abort', done)
          resolve()
        }
      })
    },

    onAdvance,
    close: stop,
  }
}

/** After a deletion the stored events of that user are no longer what this process remembers. */
const erases = (event: OoEvent): boolean => event.type === 'signals.user.deleted'

export const matches = (
  { type, userId }: { type: string; userId: string | null },
  filter: EventFilter,
): boolean =>
  (filter.type === undefined || type === filter.type) &&
  (filter.userId === undefined || userId === filter.userId)
