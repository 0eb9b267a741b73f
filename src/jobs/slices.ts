import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Trx } from '../../db/open.ts'

/** What a slice should take, in milliseconds: so long does another write wait for it. */
export const SLICE_MS = 4
const FEWEST = 10
const MOST = 2_000

/** Carries out a piece of work in a transaction. */
type InTransaction<Args extends unknown[]> = (
  work: (...args: Args) => Promise<number>,
) => Promise<number>

export const transactionsOf =
  (db: Database): InTransaction<[Trx]> =>
  (work) =>
    db.transaction().execute(work)

/**
 * Does what can be any amount of work in pieces, each a transaction of its own, with a pause after each that is as long
 * as the piece was: half of the time is everybody else's. How many rows a piece has follows from how long the one before
 * took, since rows differ, and so do machines.
 *
 * @param work does at most `limit`, and tells how many it did; fewer means that nothing is left.
 * @returns how many were done in all.
 */
export async function inSlices<Args extends unknown[]>(
  inTransaction: InTransaction<Args>,
  work: (limit: number, ...args: Args) => Promise<number>,
  signal?: AbortSignal,
): Promise<number> {
  let total = 0
  let limit = FEWEST
  while (!signal?.aborted) {
    let took = 0
    const done = await inTransaction(async (...args) => {
      const begunAt = performance.now()
      const count = await work(limit, ...args)
      // Without the wait for the disk behind it: that keeps nobody else from writing.
      took = performance.now() - begunAt
      return count
    })
    total += done
    if (done < limit) break
    limit = nextLimit(limit, took)
    await sleep(took)
  }
  return total
}

/** At most twice as many as before, since the rows to come may be larger. */
function nextLimit(limit: number, took: number): number {
  const fitting = Math.floor(limit * Math.min(2, SLICE_MS / Math.max(took, 0.1)))
  return Math.min(MOST, Math.max(FEWEST, fitting))
}
