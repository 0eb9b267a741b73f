import type { Horizon, Integration } from '../../db/integrations.ts'
import { DAY, SECOND } from '../clock.ts'
import { backoff } from '../jobs/backoff.ts'
import type { ProviderError } from './provider.ts'

/** First wait after a failure, when the interval is not shorter still. */
const FIRST_RETRY_MS = 30 * SECOND
const MAX_INTERVALS = 4
/** Longest wait that a provider which limits us is granted. */
export const LONGEST_ASKED_MS = DAY

/** The interval ± 10 %, so that users who connected together do not sync together for ever. */
export const nextSyncAt = (now: number, intervalMs: number): number =>
  Math.round(now + intervalMs * (0.9 + Math.random() / 5))

/** How far away the next sync can be at most. */
export const horizonFrom = (now: number, intervalMs: number): Horizon => ({
  planned: now + intervalMs * MAX_INTERVALS,
  asked: now + Math.max(LONGEST_ASKED_MS, intervalMs * MAX_INTERVALS),
})

/** What a failed sync changes in its integration; cursor and tasks stay as they are, so nothing is lost. */
export function afterFailure(
  { status, failures }: Pick<Integration, 'status' | 'failures'>,
  { failure, retryAfterMs }: ProviderError,
  now: number,
  intervalMs: number,
): Pick<Integration, 'status' | 'failures' | 'last_error' | 'next_sync_at' | 'sync_lease_until'> {
  const common = { failures, last_error: failure, sync_lease_until: null }
  switch (failure) {
    case 'unauthorized':
      return { ...common, status: 'reauthorize', next_sync_at: null }
    case 'rate_limited':
      return {
        ...common,
        status,
        next_sync_at: now + Math.min(retryAfterMs ?? intervalMs, LONGEST_ASKED_MS),
      }
    default: {
      const retries = failures + 1
      const firstMs = Math.min(intervalMs, FIRST_RETRY_MS)
      const wait = backoff(retries, firstMs, intervalMs * MAX_INTERVALS)
      return { ...common, status: 'failing', failures: retries, next_sync_at: now + wait }
    }
  }
}
