import { type Integration, updateLeased } from '../../db/integrations.ts'
import type { IntegrationDeps } from './deps.ts'
import { LeaseLost } from './lease.ts'
import { withAccessToken } from './live-tokens.ts'
import { afterFailure } from './next-sync.ts'
import { ProviderError } from './provider.ts'
import { type SyncRun, storeChanges } from './store-changes.ts'

/** Lets a sync call its provider when it is its turn. */
export type CallTurn = <T>(call: () => Promise<T>) => Promise<T>

/** Who asked for a sync waits for nobody else's. */
export const atOnce: CallTurn = (call) => call()

/**
 * Brings the tasks of one integration in step with its provider. The caller has claimed the row; the lease is given
 * back in the same transaction that records how the sync ended.
 */
export async function syncOne(
  deps: IntegrationDeps,
  row: Integration,
  run: SyncRun,
  turn: CallTurn,
): Promise<void> {
  const syncedIn = deps.clock()
  try {
    const changes = await turn(() => fetchChanges(deps, row, run))
    await storeChanges(deps, row, changes, syncedIn, run)
  } catch (error) {
    if (error instanceof LeaseLost) return
    if (run.signal.aborted) {
      // Cut short by us, not a failure of the provider's: whoever comes next may go on at once.
      await updateLeased(deps.db, row, { sync_lease_until: null })
      return
    }
    if (!(error instanceof ProviderError)) throw error
    await recordFailure(deps, row, error, run)
  }
}

async function fetchChanges(deps: IntegrationDeps, row: Integration, { traceId }: SyncRun) {
  const provider = deps.providers.get(row.provider)
  if (!provider) throw new ProviderError('provider_unavailable', 'not known to this server')
  return withAccessToken(deps, provider, row, traceId, (accessToken) =>
    provider.fetchChanges(accessToken, row.sync_cursor),
  )
}

async function recordFailure(
  { transact, clock, syncIntervalMs, log }: IntegrationDeps,
  row: Integration,
  error: ProviderError,
  { traceId }: SyncRun,
): Promise<void> {
  const { id: integration, provider } = row
  log.warn({ integration, provider, reason: error.message, traceId }, 'sync failed')
  const changes = afterFailure(row, error, clock(), syncIntervalMs)
  await transact(traceId, async (trx, emit) => {
    const ours = await updateLeased(trx, row, changes)
    if (!ours || changes.status === row.status) return
    await emit('signals.integration.failed', row.user_id, { provider, error: error.failure })
  })
}
