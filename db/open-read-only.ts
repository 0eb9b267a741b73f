import SQLite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import type { Database } from './open.ts'
import type { Tables } from './tables.ts'

/**
 * Opens an existing database file for looking only, beside a server that may be running on it.
 *
 * @throws when there is no such file.
 */
export function openReadOnly(path: string): Database {
  const database = new SQLite(path, { readonly: true, fileMustExist: true, timeout: 2_000 })
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
}
