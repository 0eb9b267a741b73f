import { setTimeout as sleep } from 'node:timers/promises'
import type SQLite from 'better-sqlite3'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'

/** What it takes to carry out a query. */
export type Query = Pick<CompiledQuery, 'sql' | 'parameters'>

const FIRST_WAIT_MS = 1
const MAX_WAIT_MS = 4
/** In each of the two halves of the cache. */
const STATEMENTS_KEPT = 250
const NEVER = Number.NEGATIVE_INFINITY

const isLocked = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED)/.test(String((error as { code?: unknown }).code))

/**
 * A connection that prepares each statement once, and that waits for another process's lock without holding up this one:
 * SQLite itself waits by blocking the thread, and with it every request. A statement that found the lock has changed
 * nothing and is simply tried again.
 *
 * Once a lock has lasted for `patienceMs`, statements that meet it fail at once: who writes next must not wait in line
 * behind who waited in vain.
 */
export class Connection implements DatabaseConnection {
  readonly #sqlite: SQLite.Database
  readonly #patienceMs: number
  #statements = new Map<string, SQLite.Statement>()
  #olderStatements = new Map<string, SQLite.Statement>()
  #hasWritten = false
  #lockedSince = 0
  #lockedAt = NEVER

  constructor(sqlite: SQLite.Database, patienceMs: number) {
    this.#sqlite = sqlite
    this.#patienceMs = patienceMs
  }

  async executeQuery<R>(query: Query): Promise<QueryResult<R>> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
      try {
        const result = this.#run<R>(query)
        // What was written, or waited for with success, was not locked.
        if (result.numAffectedRows !== undefined || waitMs > FIRST_WAIT_MS) this.#lockedAt = NEVER
        return result
      } catch (error) {
        if (!isLocked(error) || this.#isOutOfPatience(performance.now())) throw error
        await sleep(waitMs)
      }
    }
  }

  /** One connection serves everybody: whoever took it for as long as he reads would keep all others waiting. */
  streamQuery(): never {
    throw new Error('results are read as a whole, page by page')
  }

  /** Whether anything was written since the last time of asking; a transaction that only began has not. */
  takeWritten(): boolean {
    const had = this.#hasWritten
    this.#hasWritten = false
    return had
  }

  #run<R>({ sql, parameters }: Query): QueryResult<R> {
    const statement = this.#prepared(sql)
    if (!statement.readonly && !sql.startsWith('begin')) this.#hasWritten = true
    if (statement.reader) return { rows: statement.all(parameters) as R[] }
    const { changes, lastInsertRowid } = statement.run(parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  /**
   * Kept by the text. What was not used while the newer half filled up is forgotten. Nothing is moved when it is found: a
   * map in which entries come and go at each query leaves old tables behind, which hold on to one another.
   */
  #prepared(sql: string): SQLite.Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#olderStatements.get(sql) ?? this.#sqlite.prepare(sql)
    if (this.#statements.size >= STATEMENTS_KEPT) {
      this.#olderStatements = this.#statements
      this.#statements = new Map()
    }
    this.#statements.set(sql, statement)
    return statement
  }

  /** A lock that was not met for as long as one is waited for is another one. */
  #isOutOfPatience(now: number): boolean {
    if (now - this.#lockedAt >= this.#patienceMs) this.#lockedSince = now
    this.#lockedAt = now
    return now - this.#lockedSince >= this.#patienceMs
  }
}
