import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import SQLite from 'better-sqlite3'
import {
  type Driver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteStatement,
  type Transaction,
} from 'kysely'
import { PatientConnection } from './patient-connection.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>
/** What a query function takes first: the database, or the transaction it is part of. */
export type DbOrTrx = Database | Transaction<Tables>
export type Trx = Transaction<Tables>

/** SQLite rolls back schema changes too, so each migration can be one transaction. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class Dialect extends SqliteDialect {
  readonly #sqlite: SQLite.Database

  constructor(sqlite: SQLite.Database) {
    super({ database: preparedOnce(sqlite) })
    this.#sqlite = sqlite
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    const rollback = driver.rollbackTransaction.bind(driver)
    let patient: PatientConnection | undefined
    driver.acquireConnection = async () => {
      patient ??= new PatientConnection(await acquire(), LOCK_PATIENCE_MS)
      return patient
    }
    // A full disk or an I/O error has ended the transaction already; the error to be told is that one.
    driver.rollbackTransaction = async (connection) => {
      if (this.#sqlite.inTransaction) await rollback(connection)
    }
    return driver
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter()
  }
}

const STATEMENT_CACHE_SIZE = 500
/** At the start SQLite waits by itself, while nobody else waits for this process. */
const START_PATIENCE_MS = 2_000
/** Another process that writes holds its lock for some milliseconds, or something is wrong with it. */
const LOCK_PATIENCE_MS = 1_000

/**
 * Opens the SQLite file, creating it and its folder when missing.
 *
 * WAL with `synchronous = FULL`: an acknowledged commit survives a crash of the machine, not only of the process.
 * `secure_delete`: what a person deletes is overwritten in the file, not only unlinked.
 */
export function openDatabase(path: string): { db: Database; sqlite: SQLite.Database } {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const sqlite = new SQLite(path, { timeout: START_PATIENCE_MS })
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('secure_delete = ON')
  sqlite.pragma('temp_store = MEMORY')
  sqlite.pragma('cache_size = -65536')
  sqlite.pragma('busy_timeout = 0')
  const db = new Kysely<Tables>({ dialect: new Dialect(sqlite) })
  return { db, sqlite }
}

/**
 * Kysely prepares anew on every call; the same SQL text is prepared once here and kept, least recently used out first.
 * `begin` becomes `begin immediate`: a transaction that reads and then writes would otherwise fail, without waiting,
 * when another process wrote in between (SQLITE_BUSY_SNAPSHOT).
 */
function preparedOnce(sqlite: SQLite.Database) {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => sqlite.close(),
    prepare(sql: string): SqliteStatement {
      let statement = statements.get(sql)
      if (statement) {
        statements.delete(sql)
      } else {
        statement = sqlite.prepare(sql === 'begin' ? 'begin immediate' : sql) as SqliteStatement
        if (statements.size >= STATEMENT_CACHE_SIZE) {
          statements.delete(statements.keys().next().value as string)
        }
      }
      statements.set(sql, statement)
      return statement
    },
  }
}
