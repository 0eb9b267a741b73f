import type { Insertable } from 'kysely'
import type { DbOrTrx } from './open.ts'
import type { EventRow } from './tables.ts'

/** @returns the position of the event in the log. */
export async function insertEvent(db: DbOrTrx, row: Insertable<EventRow>): Promise<number> {
  const { seq } = await db
    .insertInto('events')
    .values(row)
    .returning('seq')
    .executeTakeFirstOrThrow()
  return seq
}
