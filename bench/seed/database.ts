import type SQLite from 'better-sqlite3'
import { migrate } from '../../db/migrate.ts'
import { openDatabase } from '../../db/open.ts'

/** Makes a database of the newest schema, and fills it. */
export async function makeDatabase<R>(
  path: string,
  fill: (database: SQLite.Database) => R,
): Promise<R> {
  const { db, sqlite } = openDatabase(path)
  try {
    await migrate(db)
    // It is only just being made: nothing is lost that could not be made again.
    sqlite.pragma('synchronous = OFF')
    const filled = fill(sqlite)
    sqlite.pragma('wal_checkpoint(TRUNCATE)')
    return filled
  } finally {
    await db.destroy()
  }
}
