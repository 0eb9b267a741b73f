import { randomUUIDv7 } from 'node:crypto'
import SQLite from 'better-sqlite3'

/** The database as the references write it: the same pragmas, so the same guarantee that what is answered is kept. */
export function openPlain(path: string): SQLite.Database {
  const database = new SQLite(path, { timeout: 2_000 })
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
    'secure_delete = ON',
    'cache_size = -65536',
  ]) {
    database.pragma(pragma)
  }
  return database
}

/** Appends to the event log. */
export function eventWriter(database: SQLite.Database) {
  const insert = database.prepare(
    'insert into events (id, type, user_id, occurred_at, trace_id, payload) values (?, ?, ?, ?, ?, ?)',
  )
  return (type: string, userId: string, traceId: string, payload: object): void => {
    insert.run(randomUUIDv7(), type, userId, Date.now(), traceId, JSON.stringify(payload))
  }
}

/** Runs work that writes, at once or not at all. */
export function transaction(database: SQLite.Database, work: () => void): void {
  database.transaction(work).immediate()
}
