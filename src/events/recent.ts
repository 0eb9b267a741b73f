import type { EventFilter } from '../../db/events.ts'
import type { EventItem } from '../../schemas/admin-events.ts'
import { toItem } from './item.ts'
import { type EventTail, matches } from './tail.ts'

export interface RecentEvents {
  source: 'memory' | 'jetstream'
  items: EventItem[]
}

/** The newest events that the buffer holds, newest first. */
export function recentInMemory(tail: EventTail, limit: number, filter: EventFilter): RecentEvents {
  const found = tail.recent().filter((event) => matches(event, filter))
  return { source: 'memory', items: found.slice(0, limit).map(toItem) }
}

/**
 * What JetStream holds, and on top of it what has not got there yet. Of an event that is in both the buffer's version
 * counts: it knows of deletions.
 */
export function mergeRecent(
  fromStream: readonly EventItem[],
  fromMemory: readonly EventItem[],
  limit: number,
): RecentEvents {
  const byId = new Map([...fromStream, ...fromMemory].map((item) => [item.id, item]))
  const items = [...byId.values()].sort((a, b) => b.seq - a.seq)
  return { source: 'jetstream', items: items.slice(0, limit) }
}
