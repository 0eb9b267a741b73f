import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import SQLite from 'better-sqlite3'
import { Kysely, type Transaction } from 'kysely'
import { checkpointsBeside, NO_CHECKPOINTS } from './checkpoints.ts'
import { Dialect } from './driver.ts'
import { NOT_DURABLE, walDurability } from './durability.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>
/** What a query function takes first: the database, or the transaction it is part of. */
export type DbOrTrx = Database | Transaction<Tables>
export type Trx = Transaction<Tables>

/** At the start SQLite waits by itself, while nobody else waits for this process. */
const START_PATIENCE_MS = 2_000

/** Pages in the log (128 MB) at which the connection itself makes a checkpoint, should those of the thread not suffice. */
const FULL_LOG_PAGES = 32_000

/**
 * What the connection keeps of the file, which the system keeps too. After a commit in which two pages changed
 * places (`balance_nonroot`, about every tenth tip) SQLite looks at each page: of 64 MB that took half a millisecond and
 * the processor's caches, and a tip 6 % more of its time.
 */
const CACHE_KIB = 16_384

/**
 * Opens the SQLite file, creating it and its folder when missing.
 *
 * WAL, and a sync of it before a change is acknowledged (see durability.ts): an acknowledged commit survives a crash of
 * the machine, not only of the process. `secure_delete`: what a person deletes is overwritten in the file, not only
 * unlinked.
 */
export function openDatabase(path: string): { db: Database; sqlite: SQLite.Database } {
  const inMemory = path === ':memory:'
  if (!inMemory) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const sqlite = new SQLite(path, { timeout: START_PATIENCE_MS })
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = NORMAL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('secure_delete = ON')
  sqlite.pragma('temp_store = MEMORY')
  sqlite.pragma(`cache_size = -${CACHE_KIB}`)
  sqlite.pragma('busy_timeout = 0')
  sqlite.pragma(`wal_autocheckpoint = ${FULL_LOG_PAGES}`)
  const durability = inMemory ? NOT_DURABLE : walDurability(path, () => checkpoint(sqlite))
  const checkpoints = inMemory ? NO_CHECKPOINTS : checkpointsBeside(path)
  const dialect = new Dialect(sqlite, { durability, checkpoints })
  return { db: new Kysely<Tables>({ dialect }), sqlite }
}

/** @throws when the log could not be written into the database as a whole. */
function checkpoint(sqlite: SQLite.Database): void {
  const [result] = sqlite.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
  if (result?.busy !== 0) throw new Error('the database is in use')
}
