import type { DbOrTrx } from './open.ts'

/** How far a consumer has come in the event log; 0 before its first event. */
export async function findOutboxCursor(db: DbOrTrx, name: string): Promise<number> {
  const row = await db
    .selectFrom('outbox_cursors')
    .select('seq')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.seq ?? 0
}

/** Moves the cursor forward, never back: two processes may deliver the same events. */
export function moveOutboxCursor(db: DbOrTrx, name: string, seq: number) {
  return db
    .insertInto('outbox_cursors')
    .values({ name, seq })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ seq }).where('outbox_cursors.seq', '<', seq),
    )
    .execute()
}

/** The next events of these types (empty: of every type) after a position, in order. */
export function listEventsAfter(db: DbOrTrx, seq: number, types: readonly string[], limit: number) {
  return db
    .selectFrom('events')
    .selectAll()
    .where('seq', '>', seq)
    .$if(types.length > 0, (query) => query.where('type', 'in', types))
    .orderBy('seq')
    .limit(limit)
    .execute()
}
