import {
  deleteIntegration,
  insertIntegration,
  isIntegration,
  seizeIntegration,
} from '../../db/integrations.ts'
import { deleteTasksOf } from '../../db/tasks.ts'
import { insertConsent } from '../../db/users.ts'
import { newId } from '../ids.ts'
import { inSlices, transactionsOf } from '../jobs/slices.ts'
import type { QueuedRevocation } from '../revocations/index.ts'
import type { IntegrationDeps } from './deps.ts'
import { leaseFrom } from './lease.ts'
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
    const previous = await deleteIntegration(trx, { user_id: userId, provider })
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
 * Ends a connection. Its tasks, which can be thousands, go first, in slices, under its lease; then, in one transaction,
 * the row, whatever tasks are left, and the consent; its tokens are queued to be revoked. Should the process die before
 * that, the connection is there, and its next sync fetches everything.
 *
 * @returns the revocations to attempt; undefined when there is no such connection.
 */
export async function disconnect(
  deps: IntegrationDeps,
  { userId, provider, traceId }: Connection,
): Promise<QueuedRevocation[] | undefined> {
  const seized = await seizeIntegration(deps.db, userId, provider, leaseFrom(deps.clock()))
  if (!seized) return undefined
  const tasks = { userId, provider }
  await inSlices(transactionsOf(deps.db), async (limit, trx) =>
    // Once it is connected anew, the tasks are those of the new connection.
    (await isIntegration(trx, seized.id)) ? deleteTasksOf(trx, { ...tasks, limit }) : 0,
  )
  return deps.transact(traceId, async (trx, emit) => {
    const row = await deleteIntegration(trx, seized)
    if (!row) return undefined
    await deleteTasksOf(trx, { ...tasks, limit: Number.MAX_SAFE_INTEGER })
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
