import { randomUUID } from 'node:crypto'
import { deleteAccountRows, emptyLog, listLeaving, markLeaving } from '../../db/account.ts'
import type { Database, Trx } from '../../db/open.ts'
import { findUser } from '../../db/users.ts'
import type { ReceiptBody } from '../../schemas/users.ts'
import { type Clock, SECOND, toIso } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Transact } from '../events/transact.ts'
import type { Integrations } from '../integrations/service.ts'
import type { Log } from '../log.ts'
import type { QueuedRevocation, Revocations } from '../revocations/index.ts'
import { ALL, type ErasedRows, erase, type Leaver } from './erasure.ts'

export interface DeletionDeps {
  db: Database
  transact: Transact
  clock: Clock
  integrations: Integrations
  revocations: Revocations
  log: Log
}

/** The end of accounts. */
export interface Deletion {
  /**
   * Deletes an account and everything that identifies its owner. With its first transaction the account is gone: nobody
   * can sign in to it, its sessions have ended, nothing more is sent or synced, and the calls still to be made to the
   * providers are noted. What it held is then erased, and the answer waits for that; should the process end before, the
   * next start goes on with it.
   *
   * @returns what was removed and who was told, truthfully: what could not be told yet is `queued`.
   * @throws {Problem} `forbidden` for the built-in administrator, `unauthenticated` when it is deleted already.
   */
  deleteAccount(userId: string, traceId: string): Promise<ReceiptBody>
  /** Goes on with erasures that were cut off. */
  eraseLeft(run: { traceId: string; signal: AbortSignal }): Promise<void>
}

/** The kind of revocation that tells ml/serving to forget a user. */
export const FORGET_USER = 'ml'

/** How long the caller waits for the services that must be told; what is not done by then goes on behind. */
const TELL_WITHIN_MS = 2 * SECOND

export function createDeletion(deps: DeletionDeps): Deletion {
  const { db, revocations, log } = deps
  /** Users whose erasure is under way in this process. */
  const erasing = new Set<string>()

  /** ml/serving is told last: what it hears of the user before, it forgets then. */
  async function eraseAll(leaver: Leaver, traceId: string, signal?: AbortSignal) {
    const { userId } = leaver
    erasing.add(userId)
    try {
      const forget = (trx: Trx) => revocations.queue(trx, FORGET_USER, userId)
      const erased = await erase(db, leaver, forget, signal)
      if (!(await emptyLog(db))) {
        log.warn({ traceId }, 'the database log still holds what was deleted')
      }
      return erased
    } finally {
      erasing.delete(userId)
    }
  }

  const tell = (queued: readonly QueuedRevocation[], traceId: string) =>
    revocations.attempt(queued, { traceId, withinMs: TELL_WITHIN_MS })

  return {
    async deleteAccount(userId, traceId) {
      const { rows, upstream, leaver } = await leave(deps, userId, traceId)
      const deletedAt = toIso(deps.clock())
      const [ended, erased] = await Promise.all([
        tell(upstream, traceId),
        eraseAll(leaver, traceId),
      ])
      const [forgotten] = erased ? await tell([erased.result], traceId) : []
      return {
        deletedAt,
        rows: sum(rows, erased?.rows ?? {}),
        upstream: ended.map(({ kind, done }) => ({
          provider: kind,
          revoked: done ? 'revoked' : 'queued',
        })),
        mlServing: forgotten?.done ? 'told' : 'queued',
      }
    },

    async eraseLeft({ traceId, signal }) {
      for (const leaver of await listLeaving(db)) {
        if (erasing.has(leaver.userId)) continue
        if (await eraseAll(leaver, traceId, signal)) {
          log.info({ traceId }, 'the erasure of an account that was cut off is done')
        }
      }
    },
  }
}

/** Ends the account, in one small transaction. */
function leave({ transact, integrations }: DeletionDeps, userId: string, traceId: string) {
  return transact(traceId, async (trx, emit) => {
    await refuseUnlessDeletable(trx, userId)
    const upstream = await integrations.queueRevocations(trx, userId)
    const leaver = { userId, pseudonym: `deleted-${randomUUID()}` }
    await markLeaving(trx, userId, leaver.pseudonym)
    const rows = {
      integrations: await deleteAccountRows(trx, 'integrations', userId, ALL),
      push_subscriptions: await deleteAccountRows(trx, 'push_subscriptions', userId, ALL),
    }
    await emit('signals.user.deleted', leaver.pseudonym, {})
    return { rows, upstream, leaver }
  })
}

async function refuseUnlessDeletable(trx: Trx, userId: string): Promise<void> {
  const user = await findUser(trx, userId)
  if (!user) throw new Problem('unauthenticated')
  if (user.kind === 'builtin') {
    throw new Problem('forbidden', { detail: 'The built-in administrator cannot be deleted' })
  }
}

function sum(some: ErasedRows, more: ErasedRows): ErasedRows {
  const rows = { ...more }
  for (const [table, removed] of Object.entries(some)) rows[table] = (rows[table] ?? 0) + removed
  return rows
}
