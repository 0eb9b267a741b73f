import type SQLite from 'better-sqlite3'
import {
  type DatabaseConnection,
  type Driver,
  type QueryCompiler,
  SqliteAdapter,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely'
import type { Checkpoints } from './checkpoints.ts'
import type { Durability } from './durability.ts'
import { PatientConnection } from './patient-connection.ts'

/** Another process that writes holds its lock for some milliseconds, or something is wrong with it. */
const LOCK_PATIENCE_MS = 1_000

/** What becomes of the log that is written ahead. */
export interface Log {
  durability: Durability
  checkpoints: Checkpoints
}

class Adapter extends SqliteAdapter {
  /** SQLite rolls back schema changes too, so each migration can be one transaction. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  /** The driver below gives its one connection to one after another itself. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

/**
 * SQLite (3.54) looks at the value of a bare parameter when it plans a query with an order, and therefore plans it anew
 * for each execution, which takes several times as long as to carry it out. Of `+?`, the same value, it keeps the plan.
 */
class Compiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
  }
}

/**
 * Kysely's SQLite, but: a statement is prepared once, a lock is waited for without blocking, and what was written is on
 * the disk before the query or the transaction that wrote it resolves. The next in line goes on meanwhile.
 */
export class Dialect extends SqliteDialect {
  readonly #sqlite: SQLite.Database
  readonly #statements: Statements
  readonly #durability: Durability
  readonly #checkpoints: Checkpoints

  constructor(sqlite: SQLite.Database, { durability, checkpoints }: Log) {
    const statements = preparedOnce(sqlite)
    super({ database: statements })
    this.#sqlite = sqlite
    this.#statements = statements
    this.#durability = durability
    this.#checkpoints = checkpoints
  }

  override createDriver(): Driver {
    const driver = super.createDriver()
    const acquire = driver.acquireConnection.bind(driver)
    const rollback = driver.rollbackTransaction.bind(driver)
    const destroy = driver.destroy.bind(driver)
    const turns = createTurns()
    let patient: DatabaseConnection | undefined
    let release = () => {}

    driver.acquireConnection = async () => {
      const end = await turns.take()
      patient ??= new PatientConnection(await acquire(), LOCK_PATIENCE_MS)
      release = end
      return patient
    }
    driver.releaseConnection = async () => {
      const hasWritten = this.#statements.takeWritten()
      release()
      if (!hasWritten) return
      await this.#durability.reached()
      this.#checkpoints.committed()
    }
    // A full disk or an I/O error has ended the transaction already; the error to be told is that one.
    driver.rollbackTransaction = async (connection) => {
      if (this.#sqlite.inTransaction) await rollback(connection)
    }
    driver.destroy = async () => {
      await this.#checkpoints.close()
      await this.#durability.close()
      await destroy()
    }
    return driver
  }

  override createAdapter(): SqliteAdapter {
    return new Adapter()
  }

  override createQueryCompiler(): QueryCompiler {
    return new Compiler()
  }
}

/** One after another, in the order in which they asked. */
function createTurns() {
  let last = Promise.resolve()
  return {
    /** @returns what ends the turn. */
    async take(): Promise<() => void> {
      const before = last
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      await before
      return resolve
    },
  }
}

const STATEMENT_CACHE_SIZE = 500

interface Statements {
  prepare(sql: string): SqliteStatement
  close(): void
  /** Whether anything that writes was prepared, to be run at once, since the last time of asking. */
  takeWritten(): boolean
}

/**
 * Kysely prepares anew on every call; the same SQL text is prepared once here and kept, least recently used out first.
 * `begin` becomes `begin immediate`: a transaction that reads and then writes would otherwise fail, without waiting,
 * when another process wrote in between (SQLITE_BUSY_SNAPSHOT).
 */
function preparedOnce(sqlite: SQLite.Database): Statements {
  const statements = new Map<string, SQLite.Statement>()
  let hasWritten = false
  return {
    close: () => sqlite.close(),
    prepare(sql) {
      let statement = statements.get(sql)
      if (statement) {
        statements.delete(sql)
      } else {
        statement = sqlite.prepare(sql === 'begin' ? 'begin immediate' : sql)
        if (statements.size >= STATEMENT_CACHE_SIZE) {
          statements.delete(statements.keys().next().value as string)
        }
      }
      statements.set(sql, statement)
      if (!statement.readonly && sql !== 'begin') hasWritten = true
      return statement as SqliteStatement
    },
    takeWritten() {
      const had = hasWritten
      hasWritten = false
      return had
    },
  }
}
