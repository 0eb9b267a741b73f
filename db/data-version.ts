import { sql } from 'kysely'
import type { Database } from './open.ts'

const pragma = sql<{ data_version: number }>`pragma data_version`

/** A number that changes when another connection, of this process or another, has written to the database. */
export async function dataVersion(db: Database): Promise<number> {
  const { rows } = await pragma.execute(db)
  return rows[0]?.data_version ?? 0
}
