import { bulkhead } from 'cockatiel'
import type { Database } from '../../db/open.ts'
import { claimTip, dropClaimsAfter, listUsersDueForTip } from '../../db/push.ts'
import { type Clock, HOUR } from '../clock.ts'
import { inSlices, transactionsOf } from '../jobs/slices.ts'
import { lastOccurrence } from './occurrence.ts'

export interface TipRoundDeps {
  db: Database
  clock: Clock
  cron: string
  /** Makes a tip for the user and sends it to all their devices. */
  deliver(userId: string, traceId: string): Promise<void>
  onFailure(error: unknown, traceId: string): void
}

/** Tips made at once: recommending asks ml/serving, which has people waiting as well. */
const CONCURRENCY = 4
const USERS_PER_QUERY = 200
/** How late a tip may be, after a crash or a long round: this morning's tip is no use in the evening. */
const LATEST_MS = HOUR

/**
 * One tip for each user with a device, for the last occurrence of the schedule. It can be called at any time, by any
 * number of processes: each user is claimed first, so a round that was cut off goes on with those who are left, and
 * nobody gets two. Who was claimed in the moment of a crash gets none.
 */
export async function sendDueTips(
  { db, clock, cron, deliver, onFailure }: TipRoundDeps,
  run: { traceId: string; signal: AbortSignal },
): Promise<void> {
  const now = clock()
  const occurrence = lastOccurrence(cron, now, LATEST_MS)
  if (occurrence === undefined) return
  // Claims are never ahead of the clock, unless it was set back since: a day, and that day's tip would not come. A small
  // correction leaves them as they are, so that nobody gets the last tip twice.
  await inSlices(
    transactionsOf(db),
    (limit, trx) => dropClaimsAfter(trx, now + LATEST_MS, limit),
    run.signal,
  )
  const slots = bulkhead(CONCURRENCY, Number.POSITIVE_INFINITY)

  async function serve(userId: string): Promise<void> {
    if (run.signal.aborted) return
    // A claim that fails ends the round: the user would be due for ever, and the round would never end.
    if (!(await claimTip(db, userId, occurrence as number))) return
    await deliver(userId, run.traceId).catch((error) => onFailure(error, run.traceId))
  }

  while (!run.signal.aborted) {
    const userIds = await listUsersDueForTip(db, occurrence, USERS_PER_QUERY)
    if (userIds.length === 0) return
    const served = userIds.map((userId) => slots.execute(() => serve(userId)))
    // All of them first: nothing may go on behind a round that has failed.
    await Promise.allSettled(served)
    await Promise.all(served)
  }
}
