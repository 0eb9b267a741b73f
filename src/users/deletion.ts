import { randomUUID } from 'node:crypto'
import { deleteAccountRows, emptyLog, pseudonymiseHistory } from '../../db/account.ts'
import type { Database, Trx } from '../../db/open.ts'
import { findUser } from '../../db/users.ts'
import type { ReceiptBody } from '../../schemas/users.ts'
import { type Clock, SECOND, toIso } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Transact } from '../events/transact.ts'
import type { Integrations } from '../integrations/service.ts'
import type { Log } from '../log.ts'
import type { Revocations } from '../revocations/index.ts'

export interface DeletionDeps {
  db: Database
  transact: Transact
  clock: Clock
  integrations: Integrations
  revocations: Revocations
  log: Log
}

/** The kind of revocation that tells ml/serving to forget a user. */
export const FORGET_USER = 'ml'

/** How long the caller waits for the services that must be told; what is not done by then goes on behind. */
const TELL_WITHIN_MS = 2 * SECOND

/**
 * Deletes an account and everything that identifies its owner: one transaction, in which the calls still to be made to
 * others are noted too, so that none is forgotten whatever happens next.
 *
 * @returns what was removed and who was told, truthfully: what could not be told yet is `queued`.
 * @throws {Problem} `forbidden` for the built-in administrator, `unauthenticated` when it is deleted already.
 */
export async function deleteAccount(
  deps: DeletionDeps,
  userId: string,
  traceId: string,
): Promise<ReceiptBody> {
  const { rows, upstream, forget } = await deps.transact(traceId, async (trx, emit) => {
    await refuseUnlessDeletable(trx, userId)
    const upstream = await deps.integrations.queueRevocations(trx, userId)
    const forget = await deps.revocations.queue(trx, FORGET_USER, userId)
    const rows = await deleteAccountRows(trx, userId)
    const pseudonym = `deleted-${randomUUID()}`
    await pseudonymiseHistory(trx, userId, pseudonym)
    await emit('signals.user.deleted', pseudonym, {})
    return { rows, upstream, forget }
  })
  const deletedAt = toIso(deps.clock())

  const told = await deps.revocations.attempt([...upstream, forget], {
    traceId,
    withinMs: TELL_WITHIN_MS,
  })
  if (!(await emptyLog(deps.db))) {
    deps.log.warn({ traceId }, 'the database log still holds what was deleted')
  }

  const isDone = new Map(told.map(({ id, done }) => [id, done]))
  return {
    deletedAt,
    rows,
    upstream: upstream.map(({ id, kind }) => ({
      provider: kind,
      revoked: isDone.get(id) ? 'revoked' : 'queued',
    })),
    mlServing: isDone.get(forget.id) ? 'told' : 'queued',
  }
}

async function refuseUnlessDeletable(trx: Trx, userId: string): Promise<void> {
  const user = await findUser(trx, userId)
  if (!user) throw new Problem('unauthenticated')
  if (user.kind === 'builtin') {
    throw new Problem('forbidden', { detail: 'The built-in administrator cannot be deleted' })
  }
}
