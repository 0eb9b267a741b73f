import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Trx } from '../../db/open.ts'
import { findOutboxCursor, listEventsAfter, moveOutboxCursor } from '../../db/outbox.ts'
import { countAct, findTipWithAct } from '../../db/stats.ts'
import type { OoEvent } from '../events/bus.ts'
import { storedEvent } from '../events/outbox.ts'
import { SLICE_MS } from '../jobs/slices.ts'
import { type Book, openBook } from './book.ts'
import { countEvent, isActivity } from './count.ts'
import { quarterOf } from './quarters.ts'
import { ACTS } from './totals.ts'

export const CONSUMER = 'stats'
/** Events read at once. */
const PAGE = 100

/**
 * Counts the next events, as many as fit into a slice of time. The figures and the position up to which events are
 * counted move in one transaction, so each event counts exactly once, whatever happens in between.
 *
 * @returns whether there was anything to do.
 */
export function foldBatch(db: Database): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const until = performance.now() + SLICE_MS
    const isLate = () => performance.now() >= until
    const cursor = await findOutboxCursor(trx, CONSUMER)
    let events = await eventsAfter(trx, cursor)
    const first = events[0]
    if (!first) return false
    const book = await openBook(trx, quarterOf(first.occurredAt))
    let last = cursor
    do {
      await book.meet(events.map(userOf).filter(isId))
      for (const event of events) {
        const isHeldUp = last > cursor && isLate()
        if (isHeldUp || !book.reach(quarterOf(event.occurredAt), isLate)) break
        await count(trx, book, event)
        last = event.seq
      }
      const isThrough = events.length === PAGE && last === events.at(-1)?.seq
      events = isThrough && !isLate() ? await eventsAfter(trx, last) : []
    } while (events.length > 0)
    await book.close()
    await moveOutboxCursor(trx, CONSUMER, last)
    return true
  })
}

/** All types by position: picking types here would sort the whole backlog for each page. */
const eventsAfter = async (trx: Trx, seq: number): Promise<OoEvent[]> =>
  (await listEventsAfter(trx, seq, [], PAGE)).map(storedEvent)

/** Counts until nothing is left, or the time is over; half of the time is left to others. */
export async function foldAll(db: Database, limitMs: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + limitMs
  let begunAt = performance.now()
  while (!signal?.aborted && begunAt < until && (await foldBatch(db))) {
    await sleep(performance.now() - begunAt)
    begunAt = performance.now()
  }
}

const userOf = (event: OoEvent): string | null => event.userId
const isId = (id: string | null): id is string => id !== null

async function count(trx: Trx, book: Book, event: OoEvent): Promise<void> {
  const quarter = quarterOf(event.occurredAt)
  if (isActivity(event) && event.userId !== null) book.noteActive(event.userId, quarter)
  countEvent(book.totalsOf(quarter), event)
  if (event.type === 'signals.tip.feedback') await countFirstAct(trx, event)
}

/** A tip that was both done and helpful was acted on once, and in the quarter in which it was served. */
async function countFirstAct(trx: Trx, event: OoEvent): Promise<void> {
  const { tipId, action } = (event as OoEvent<'signals.tip.feedback'>).payload
  if (!ACTS.includes(action)) return
  const tip = await findTipWithAct(trx, tipId, ACTS)
  if (tip && tip.act !== null && tip.act !== action) return
  await countAct(trx, quarterOf(tip?.servedAt ?? event.occurredAt))
}
