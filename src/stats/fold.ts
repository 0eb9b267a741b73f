import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database, Trx } from '../../db/open.ts'
import { findOutboxCursor, listEventsAfter, moveOutboxCursor } from '../../db/outbox.ts'
import { countAct, findTipWithAct } from '../../db/stats.ts'
import type { OoEvent } from '../events/bus.ts'
import { storedEvent } from '../events/outbox.ts'
import { type Book, openBook } from './book.ts'
import { countEvent, isActivity } from './count.ts'
import { quarterOf } from './quarters.ts'
import { ACTS } from './totals.ts'

export const CONSUMER = 'stats'
/** A few milliseconds' worth, the transaction included. */
const BATCH = 100

/**
 * Counts the next events. The figures and the position up to which events are counted move in one transaction, so each
 * event counts exactly once, whatever happens in between.
 *
 * @returns whether there was anything to do.
 */
export function foldBatch(db: Database): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const cursor = await findOutboxCursor(trx, CONSUMER)
    // All types by position: picking types here would sort the whole backlog for each batch.
    const events = (await listEventsAfter(trx, cursor, [], BATCH)).map(storedEvent)
    const first = events[0]
    if (!first) return false
    const book = await openBook(trx, quarterOf(first.occurredAt), events.map(userOf).filter(isId))
    let last = cursor
    for (const event of events) {
      if (!book.reach(quarterOf(event.occurredAt))) break
      await count(trx, book, event)
      last = event.seq
    }
    await book.close()
    await moveOutboxCursor(trx, CONSUMER, last)
    return true
  })
}

/** Counts until nothing is left, or the time is over; lets other work in between batches. */
export async function foldAll(db: Database, limitMs: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + limitMs
  while (!signal?.aborted && performance.now() < until && (await foldBatch(db))) await nextTurn()
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
