import type SQLite from 'better-sqlite3'
import {
  CompiledQuery,
  type Driver,
  type QueryCompiler,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
} from 'kysely'
import type { Checkpoints } from './checkpoints.ts'
import { Connection, type Query } from './connection.ts'
import type { Durability } from './durability.ts'
import { Turns } from './turns.ts'

/** Another process that writes holds its lock for some milliseconds, or something is wrong with it. */
const LOCK_PATIENCE_MS = 1_000

/** What becomes of the log that is written ahead. */
export interface Log {
  durability: Durability
  checkpoints: Checkpoints
}

/** At once for writing: one that reads first would fail, without waiting, when another process wrote in between. */
const begin = CompiledQuery.raw('begin immediate')
const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')

/**
 * One connection, which those who ask for it have in turn. What was written is on the disk before the query or the
 * transaction that wrote it resolves; the next in line goes on meanwhile.
 */
class OneConnection implements Driver {
  readonly #sqlite: SQLite.Database
  readonly #connection: Connection
  readonly #log: Log
  readonly #turns = new Turns()
  /** Whether Kysely has opened it. It closes only what it has opened, at its own first query. */
  isOpen = false

  constructor(sqlite: SQLite.Database, log: Log) {
    this.#sqlite = sqlite
    this.#connection = new Connection(sqlite, LOCK_PATIENCE_MS)
    this.#log = log
  }

  async init(): Promise<void> {
    this.isOpen = true
  }

  async acquireConnection(): Promise<Connection> {
    await this.#turns.take()
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    const hasWritten = this.#connection.takeWritten()
    this.#turns.end()
    if (!hasWritten) return
    await this.#log.durability.reached()
    this.#log.checkpoints.committed()
  }

  async beginTransaction(connection: Connection): Promise<void> {
    await connection.executeQuery(begin)
  }

  async commitTransaction(connection: Connection): Promise<void> {
    await connection.executeQuery(commit)
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    // A full disk or an I/O error has ended the transaction already; the error to be told is that one.
    if (this.#sqlite.inTransaction) await connection.executeQuery(rollback)
  }

  async destroy(): Promise<void> {
    await this.#log.checkpoints.close()
    await this.#log.durability.close()
    this.#sqlite.close()
  }

  /**
   * Carries out a query that is compiled already past Kysely's executor, which has nothing left to do for it.
   *
   * @param isWithin it is part of the transaction whose turn it is.
   */
  async run<R>(query: Query, isWithin: boolean): Promise<R[]> {
    if (isWithin) return (await this.#connection.executeQuery<R>(query)).rows
    await this.#turns.take()
    try {
      return (await this.#connection.executeQuery<R>(query)).rows
    } finally {
      await this.releaseConnection()
    }
  }
}

class Adapter extends SqliteAdapter {
  /** For the way past the executor, of queries that are compiled already (see compiled.ts). */
  readonly driver: OneConnection

  constructor(driver: OneConnection) {
    super()
    this.driver = driver
  }

  /** SQLite rolls back schema changes too, so each migration can be one transaction. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  /** The driver gives its one connection to one after another itself. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

export type { Adapter }

/**
 * SQLite (3.54) looks at the value of a bare parameter when it plans a query with an order, and therefore plans it anew
 * for each execution, which takes several times as long as to carry it out. Of `+?`, the same value, it keeps the plan.
 */
class Compiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
  }
}

/** Kysely's SQLite on one connection for all, which waits neither for a lock nor for the disk on the event loop. */
export class Dialect extends SqliteDialect {
  readonly #driver: OneConnection

  constructor(sqlite: SQLite.Database, log: Log) {
    super({ database: sqlite })
    this.#driver = new OneConnection(sqlite, log)
  }

  override createDriver(): Driver {
    return this.#driver
  }

  override createAdapter(): Adapter {
    return new Adapter(this.#driver)
  }

  override createQueryCompiler(): QueryCompiler {
    return new Compiler()
  }
}
