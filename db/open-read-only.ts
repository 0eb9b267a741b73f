import SQLite from 'better-sqlite3'
import { Kysely } from 'kysely'
import { NO_CHECKPOINTS } from './checkpoints.ts'
import { Dialect } from './driver.ts'
import { NOT_DURABLE } from './durability.ts'
import type { Database } from './open.ts'
import type { Tables } from './tables.ts'

/**
 * Opens an existing database file for looking only, beside a server that may be running on it.
 *
 * @throws when there is no such file.
 */
export function openReadOnly(path: string): Database {
  const sqlite = new SQLite(path, { readonly: true, fileMustExist: true, timeout: 2_000 })
  const log = { durability: NOT_DURABLE, checkpoints: NO_CHECKPOINTS }
  return new Kysely<Tables>({ dialect: new Dialect(sqlite, log) })
}
