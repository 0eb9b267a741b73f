import { type EventFilter, eventHistory } from '../../db/events.ts'
import type { Database } from '../../db/open.ts'
import type { EventItem } from '../../schemas/admin-events.ts'
import { storedItem } from './item.ts'

export interface RecentEvents {
  source: 'memory' | 'jetstream'
  items: EventItem[]
}

/**
 * The newest events as this server has them, newest first.
 *
 * @param after only those behind this position.
 */
export async function recentHere(
  db: Database,
  after: number,
  limit: number,
  filter: EventFilter,
): Promise<RecentEvents> {
  const rows = await eventHistory(db, { ...filter, after, limit })
  return { source: 'memory', items: rows.map(storedItem) }
}

/**
 * What JetStream holds, and on top of it what has not got there yet. Of an event that is in both our version counts:
 * it knows of deletions.
 */
export function mergeRecent(
  fromStream: readonly EventItem[],
  fromHere: readonly EventItem[],
  limit: number,
): RecentEvents {
  const byId = new Map([...fromStream, ...fromHere].map((item) => [item.id, item]))
  const items = [...byId.values()].sort((a, b) => b.seq - a.seq)
  return { source: 'jetstream', items: items.slice(0, limit) }
}
