import { listIntegrations } from '../../db/integrations.ts'
import type { DbOrTrx } from '../../db/open.ts'
import type { IntegrationBody } from '../../schemas/integrations.ts'
import { toIso, toIsoOrNull } from '../clock.ts'

/** A user's integrations as callers see them: one for each name, connected or not. */
export async function describeIntegrations(
  db: DbOrTrx,
  names: Iterable<string>,
  userId: string,
): Promise<IntegrationBody[]> {
  const rows = new Map((await listIntegrations(db, userId)).map((row) => [row.provider, row]))
  return Array.from(names, (provider) => {
    const row = rows.get(provider)
    if (!row) return disconnected(provider)
    return {
      provider,
      status: row.status,
      connectedAt: toIso(row.connected_at),
      lastSyncedAt: toIsoOrNull(row.last_synced_at),
      nextSyncAt: toIsoOrNull(row.next_sync_at),
      lastError: row.last_error,
      taskCount: row.task_count ?? 0,
    }
  })
}

const disconnected = (provider: string): IntegrationBody => ({
  provider,
  status: 'disconnected',
  connectedAt: null,
  lastSyncedAt: null,
  nextSyncAt: null,
  lastError: null,
  taskCount: 0,
})
