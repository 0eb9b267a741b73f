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
 * Events that are kept in memory, for those who follow the log closely. No more: what stays for as long as two small
 * collections of V8's is moved among the long-lived, and a thousand events that come and go there make the big
 * collections come every ten seconds.
 */
const KEPT = 32

/**
 * Follows the log by the bus, which is quick, and by `catchUp`, which also sees what other processes wrote and mends
 * whatever the bus did out of order. Positions follow the order of commits because SQLite has one writer at a time.
 */
export async function createEventTail(db: Database, bus: EventBus): Promise<EventTail> {
  let { last: position } = await eventLogBounds(db)
  /** The newest events, without a hole. */
  let buffer: OoEvent[] = []
  let reading: Promise<void> | undefined
  let next: Promise<void> | undefined
  const listeners = new Set<() => void>()

  function take(event: OoEvent): void {
    position = event.seq
    buffer.push(event)
    // Trimmed now and then instead of shifted each time.
    if (buffer.length >= 2 * KEPT) buffer = buffer.slice(-KEPT)
  }

  function announce(): void {
    for (const listener of listeners) listener()
  }

  async function lookAtLog(): Promise<void> {
    const { last } = await eventLogBounds(db)
    if (last <= position) return
    position = last
    buffer = []
    announce()
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
    reading = lookAtLog().finally(() => {
      reading = undefined
    })
    return reading
  }

  function onAdvance(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  const stop = bus.on('*', (event) => {
    if (event.seq <= position) return
    if (event.seq > position + 1 || reading || erases(event)) return catchUp()
    take(event)
    announce()
  })

  return {
    position: () => position,
    catchUp,

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
