import { setTimeout as sleep } from 'node:timers/promises'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'

const FIRST_WAIT_MS = 2
const MAX_WAIT_MS = 10

const NEVER = Number.NEGATIVE_INFINITY

const isLocked = (error: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED)/.test(String((error as { code?: unknown }).code))

/**
 * A connection that waits for another process's lock without holding up this one: SQLite itself waits by blocking the
 * thread, and with it every request. A statement that found the lock has changed nothing and is simply tried again.
 *
 * Once a lock has lasted for `patienceMs`, statements that meet it fail at once: who writes next must not wait in line
 * behind who waited in vain.
 */
export class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection
  readonly #patienceMs: number
  #lockedSince = 0
  #lockedAt = NEVER

  constructor(connection: DatabaseConnection, patienceMs: number) {
    this.#connection = connection
    this.#patienceMs = patienceMs
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
      try {
        const result = await this.#connection.executeQuery<R>(query)
        // What was written, or waited for with success, was not locked.
        if (result.numAffectedRows !== undefined || waitMs > FIRST_WAIT_MS) this.#lockedAt = NEVER
        return result
      } catch (error) {
        if (!isLocked(error) || this.#isOutOfPatience(performance.now())) throw error
        await sleep(waitMs)
      }
    }
  }

  /** A lock that was not met for as long as one is waited for is another one. */
  #isOutOfPatience(now: number): boolean {
    if (now - this.#lockedAt >= this.#patienceMs) this.#lockedSince = now
    this.#lockedAt = now
    return now - this.#lockedSince >= this.#patienceMs
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery(query, chunkSize)
  }
}
