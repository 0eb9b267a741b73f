import { setImmediate as nextTurn } from 'node:timers/promises'
import { deleteIdempotencyKeysBefore } from '../../db/idempotency.ts'
import type { Database } from '../../db/open.ts'
import { deleteTipsBefore } from '../../db/tips.ts'
import { type Clock, DAY } from '../clock.ts'
import { IDEMPOTENCY_MS } from './idempotency.ts'

/** A decision's row is large, and what is deleted is overwritten: this many take a few milliseconds. */
const TIPS_PER_SLICE = 25
const KEYS_PER_SLICE = 500

export interface PurgeDeps {
  db: Database
  clock: Clock
}

/**
 * Deletes tips older than so many days, with their feedback and shadow scores.
 *
 * @returns how many tips went.
 */
export function purgeTips(
  { db, clock }: PurgeDeps,
  retentionDays: number,
  signal: AbortSignal,
): Promise<number> {
  const before = clock() - retentionDays * DAY
  return inSlices(TIPS_PER_SLICE, signal, (limit) => deleteTipsBefore(db, before, limit))
}

/** Deletes idempotency keys that no longer mean anything. @returns how many went. */
export function purgeIdempotencyKeys(
  { db, clock }: PurgeDeps,
  signal: AbortSignal,
): Promise<number> {
  const before = clock() - IDEMPOTENCY_MS
  return inSlices(KEYS_PER_SLICE, signal, (limit) => deleteIdempotencyKeysBefore(db, before, limit))
}

/**
 * Repeats a bounded piece of work until it finds less to do than it may, and lets requests in between.
 *
 * @param work does at most `limit`, in a transaction of its own, and tells how many it did.
 * @returns how many were done in all.
 */
export async function inSlices(
  limit: number,
  signal: AbortSignal,
  work: (limit: number) => Promise<number>,
): Promise<number> {
  let total = 0
  while (!signal.aborted) {
    const done = await work(limit)
    total += done
    if (done < limit) break
    await nextTurn()
  }
  return total
}
