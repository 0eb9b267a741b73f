import { sql } from 'kysely'
import type { DbOrTrx } from './open.ts'

/** Whether the database answers at all. */
export async function ping(db: DbOrTrx): Promise<void> {
  await sql`select 1`.execute(db)
}
