import type SQLite from 'better-sqlite3'
import { newId } from '../../src/ids.ts'
import type { Person } from './people.ts'

/** Writes tips that wait for an answer, and the events of their making. @returns their ids. */
export function addTips(
  database: SQLite.Database,
  person: Person,
  count: number,
  madeAt: (index: number) => number = Date.now,
): string[] {
  const insertTip = database.prepare(
    `insert into tip_scores (id, user_id, created_at, source, policy, policy_version, text, chosen_id, propensity,
       candidates, context, features, seed, latency_ms, trace_id)
     values (?, ?, ?, 'model', 'linucb', '1', 'Call the plumber', 'todoist:1', 0.5, '[]', '{}', '{}', ?, 20, ?)`,
  )
  const insertEvent = database.prepare(
    `insert into events (id, type, user_id, occurred_at, trace_id, payload)
     values (?, 'signals.tip.served', ?, ?, ?, ?)`,
  )
  const traceId = 'b'.repeat(32)
  function add(_: unknown, index: number): string {
    const id = newId()
    const at = madeAt(index)
    const served = { tipId: id, source: 'model', policy: 'linucb', latencyMs: 20 }
    insertTip.run(id, person.id, at, id, traceId)
    insertEvent.run(newId(), person.id, at, traceId, JSON.stringify(served))
    return id
  }
  return database.transaction(() => Array.from({ length: count }, add))()
}
