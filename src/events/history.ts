import { eventHistory, type HistoryQuery } from '../../db/events.ts'
import type { Database } from '../../db/open.ts'
import type { EventItem } from '../../schemas/admin-events.ts'
import { Problem } from '../errors.ts'
import { storedItem } from './item.ts'

export interface HistoryPage {
  items: EventItem[]
  nextCursor: string | null
}

/**
 * A page of the event log, newest first; the cursor is the position of the page's last event.
 *
 * @param query times as ISO 8601.
 * @throws {Problem} validation_failed for a cursor that no page gave.
 */
export async function readHistory(
  db: Database,
  {
    from,
    to,
    cursor,
    limit,
    ...filter
  }: Omit<HistoryQuery, 'from' | 'to' | 'before' | 'after'> & {
    from?: string | undefined
    to?: string | undefined
    cursor?: string | undefined
  },
): Promise<HistoryPage> {
  const rows = await eventHistory(db, {
    ...filter,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
    before: cursor === undefined ? undefined : positionOf(cursor),
    limit: limit + 1,
  })
  const page = rows.slice(0, limit)
  return {
    items: page.map(storedItem),
    nextCursor: rows.length > limit ? String(page.at(-1)?.seq) : null,
  }
}

function positionOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new Problem('validation_failed', {
    errors: [{ path: 'query.cursor', message: 'is not a cursor of this list' }],
  })
}
