import { deleteIdempotencyKeysBefore } from '../../db/idempotency.ts'
import type { Database } from '../../db/open.ts'
import { deleteTipsBefore } from '../../db/tips.ts'
import { type Clock, DAY } from '../clock.ts'
import { inSlices, transactionsOf } from '../jobs/slices.ts'
import { IDEMPOTENCY_MS } from './idempotency.ts'

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
  return inSlices(transactionsOf(db), (limit, trx) => deleteTipsBefore(trx, before, limit), signal)
}

/** Deletes idempotency keys that no longer mean anything. @returns how many went. */
export function purgeIdempotencyKeys(
  { db, clock }: PurgeDeps,
  signal: AbortSignal,
): Promise<number> {
  const before = clock() - IDEMPOTENCY_MS
  return inSlices(
    transactionsOf(db),
    (limit, trx) => deleteIdempotencyKeysBefore(trx, before, limit),
    signal,
  )
}
