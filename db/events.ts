import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { EventRow, Tables } from './tables.ts'

export type StoredEvent = Selectable<EventRow>

/** Which events are wanted; nothing given: all. */
export interface EventFilter {
  type?: string | undefined
  userId?: string | undefined
}

type NewEvent = Omit<StoredEvent, 'seq'>

const appendEvent = compiledOnce((db, row: NewEvent) =>
  db
    .insertInto('events')
    .values({
      id: row.id,
      type: row.type,
      user_id: row.user_id,
      occurred_at: row.occurred_at,
      trace_id: row.trace_id,
      payload: row.payload,
    })
    .returning('seq'),
)

/** @returns the position of the event in the log. */
export async function insertEvent(db: DbOrTrx, row: NewEvent): Promise<number> {
  const [stored] = await appendEvent(db, row)
  return (stored as { seq: number }).seq
}

/** @returns the first and the last position in the log; 0 and 0 while it is empty. */
export async function eventLogBounds(db: DbOrTrx): Promise<{ first: number; last: number }> {
  const bounds = await db
    .selectNoFrom((eb) => [
      eb.selectFrom('events').select('seq').orderBy('seq').limit(1).as('first'),
      eb.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1).as('last'),
    ])
    .executeTakeFirst()
  return { first: bounds?.first ?? 0, last: bounds?.last ?? 0 }
}

/** The id of the last event; undefined while the log is empty. */
export async function findLastEventId(db: DbOrTrx): Promise<string | undefined> {
  const row = await db
    .selectFrom('events')
    .select('id')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Events behind a position, oldest first. */
export function eventsAfter(
  db: DbOrTrx,
  { after, upTo, limit, ...filter }: EventFilter & { after: number; upTo?: number; limit: number },
): Promise<StoredEvent[]> {
  return matching(db, filter)
    .where('seq', '>', after)
    .$if(upTo !== undefined, (query) => query.where('seq', '<=', upTo as number))
    .orderBy('seq')
    .limit(limit)
    .execute()
}

export interface HistoryQuery extends EventFilter {
  /** Milliseconds since the epoch, both inclusive. */
  from?: number | undefined
  to?: number | undefined
  /** Only events before this position. */
  before?: number | undefined
  /** Only events behind this position. */
  after?: number | undefined
  limit: number
}

/**
 * How far a clock correction may have set an event's time apart from its place in the log. Times narrow a search to a
 * stretch of the log, widened by this, so that a search by type or user reads its own index and nothing outside of it.
 */
const CLOCK_SLACK_MS = 3_600_000

/** A page of the log, newest first; each combination of conditions is answered from one index. */
export async function eventHistory(
  db: DbOrTrx,
  { from, to, before, after, limit, ...filter }: HistoryQuery,
): Promise<StoredEvent[]> {
  let query = matching(db, filter)
  if (from !== undefined) {
    const start = await firstSeqSince(db, from - CLOCK_SLACK_MS)
    if (start === undefined) return []
    query = query.where('seq', '>=', start).where(time, '>=', from)
  }
  if (to !== undefined) {
    const end = await lastSeqUntil(db, to + CLOCK_SLACK_MS)
    if (end === undefined) return []
    query = query.where('seq', '<=', end).where(time, '<=', to)
  }
  if (before !== undefined) query = query.where('seq', '<', before)
  if (after !== undefined) query = query.where('seq', '>', after)
  return query.orderBy('seq', 'desc').limit(limit).execute()
}

/**
 * Written as expressions, so that the planner does not pick the index of the wider condition: the time index would have
 * to be sorted by position, and of user and type the user has by far the fewer rows.
 */
const time = sql<number>`occurred_at + 0`
const typeBesidesUser = sql<string>`coalesce(type, '')`

function matching(
  db: DbOrTrx,
  { type, userId }: EventFilter,
): SelectQueryBuilder<Tables, 'events', StoredEvent> {
  let query = db.selectFrom('events').selectAll()
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (type !== undefined) {
    query = query.where(userId === undefined ? 'type' : typeBesidesUser, '=', type)
  }
  return query
}

async function firstSeqSince(db: DbOrTrx, at: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('events')
    .select('seq')
    .where('occurred_at', '>=', at)
    .orderBy('occurred_at')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}

async function lastSeqUntil(db: DbOrTrx, at: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('events')
    .select('seq')
    .where('occurred_at', '<=', at)
    .orderBy('occurred_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}
