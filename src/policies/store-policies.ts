import type { Database, DbOrTrx } from '../../db/open.ts'
import { insertPolicy, listPolicyRows, updatePolicy } from '../../db/policies.ts'
import type { Clock } from '../clock.ts'
import type { Transact } from '../events/transact.ts'
import type { Log } from '../log.ts'
import type { PoliciesAnswer } from '../ml/wire.ts'
import { type PolicyChanges, reconcile } from './reconcile.ts'

interface Deps {
  db: Database
  transact: Transact
  clock: Clock
  log: Log
}

/** Brings the stored policies in step with what ml/serving knows. @returns whether anything changed. */
export async function storePolicies(
  { db, transact, clock, log }: Deps,
  told: PoliciesAnswer,
  traceId: string,
): Promise<boolean> {
  // As a rule nothing has changed, and then there is nothing to lock.
  if (isNothing(await changesIn(db, told))) return false
  const changes = await transact(traceId, async (trx) => {
    const due = await changesIn(trx, told)
    const now = clock()
    for (const { name, version, active, enabled } of due.added) {
      await insertPolicy(trx, {
        name,
        version,
        active: Number(active),
        enabled: Number(enabled),
        missing: 0,
        updated_at: now,
      })
    }
    for (const { name, version, missing } of due.changed) {
      await updatePolicy(trx, name, { version, missing: Number(missing), updated_at: now })
    }
    return due
  })
  log.info({ ...changes, traceId }, 'the policies of ml/serving changed')
  return true
}

const changesIn = async (db: DbOrTrx, told: PoliciesAnswer): Promise<PolicyChanges> =>
  reconcile(await listPolicyRows(db), told)

const isNothing = ({ added, changed }: PolicyChanges): boolean =>
  added.length === 0 && changed.length === 0
