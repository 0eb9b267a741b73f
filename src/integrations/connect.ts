import { deleteIntegration, insertIntegration } from '../../db/integrations.ts'
import { deleteTasksOf } from '../../db/tasks.ts'
import { insertConsent } from '../../db/users.ts'
import { newId } from '../ids.ts'
import type { QueuedRevocation } from '../revocations/index.ts'
import type { IntegrationDeps } from './deps.ts'
import type { ProviderTokens } from './provider.ts'
import { queueRevocation } from './revoke.ts'
import { sealTokens } from './token-vault.ts'

export interface Connection {
  userId: string
  provider: string
  traceId: string
}

/**
 * Stores a connection, with its consent, in place of the one there was: that one's tokens are queued to be revoked, and
 * the new row has an id of its own, so that a sync of the old one that is still under way writes nothing more.
 *
 * @returns the revocations to attempt.
 */
export function connect(
  deps: IntegrationDeps,
  { userId, provider, traceId }: Connection,
  tokens: ProviderTokens,
): Promise<QueuedRevocation[]> {
  const now = deps.clock()
  return deps.transact(traceId, async (trx, emit) => {
    const previous = await deleteIntegration(trx, userId, provider)
    const queued = previous ? await queueRevocation(trx, deps, previous, tokens.accessToken) : []
    await insertIntegration(trx, {
      id: newId(),
      user_id: userId,
      provider,
      status: 'connected',
      ...sealTokens(deps.secretBox, { user_id: userId, provider }, tokens),
      connected_at: now,
      next_sync_at: now,
    })
    await insertConsent(trx, {
      id: newId(),
      user_id: userId,
      kind: provider,
      action: 'granted',
      at: now,
    })
    await emit('signals.integration.connected', userId, { provider })
    return queued
  })
}

/**
 * Ends a connection in one transaction: its row, its tasks, its consent; its tokens are queued to be revoked.
 *
 * @returns the revocations to attempt; undefined when there is no such connection.
 */
export function disconnect(
  deps: IntegrationDeps,
  { userId, provider, traceId }: Connection,
): Promise<QueuedRevocation[] | undefined> {
  return deps.transact(traceId, async (trx, emit) => {
    const row = await deleteIntegration(trx, userId, provider)
    if (!row) return undefined
    await deleteTasksOf(trx, userId, provider)
    await insertConsent(trx, {
      id: newId(),
      user_id: userId,
      kind: provider,
      action: 'withdrawn',
      at: deps.clock(),
    })
    await emit('signals.integration.disconnected', userId, { provider })
    return queueRevocation(trx, deps, row)
  })
}
