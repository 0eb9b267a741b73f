import { bulkhead } from 'cockatiel'
import type { Selectable } from 'kysely'
import type { Database } from '../../db/open.ts'
import { listDevices, markDevicesSent, updateDevice } from '../../db/push.ts'
import type { PushSubscriptionRow } from '../../db/tables.ts'
import { findUser } from '../../db/users.ts'
import type { PushResult } from '../../schemas/push.ts'
import type { Clock } from '../clock.ts'
import type { Transact } from '../events/transact.ts'
import type { SecretBox } from '../secrets/box.ts'
import { removeDevices } from './devices.ts'
import type { Notice } from './notice.ts'
import { LONGEST_PAUSE_MS, type Outcome, type Sender } from './send.ts'
import { openSubscription } from './subscription.ts'

export interface NotifyDeps {
  db: Database
  transact: Transact
  clock: Clock
  secretBox: SecretBox
  sender: Sender
}

/** Messages under way at once for one user. */
const CONCURRENCY = 8

/** Sends a notice to all devices of a user, and records what became of it in one transaction. */
export async function notify(
  deps: NotifyDeps,
  userId: string,
  notice: Notice,
  traceId: string,
): Promise<PushResult> {
  const devices = await listDevices(deps.db, userId)
  if (devices.length === 0) return { sent: 0, removed: 0, failed: 0 }
  const slots = bulkhead(CONCURRENCY, Number.POSITIVE_INFINITY)
  const outcomes = await Promise.all(
    devices.map((device) => slots.execute(() => sendTo(deps, device, notice))),
  )
  return record(
    deps,
    userId,
    devices.map((device, i) => ({ id: device.id, outcome: outcomes[i] as Outcome })),
    traceId,
  )
}

/** A device whose push service asked for a pause is not even tried. */
async function sendTo(
  { clock, secretBox, sender }: NotifyDeps,
  device: Device,
  notice: Notice,
): Promise<Outcome> {
  const pauseMs = device.not_before - clock()
  // A longer pause was never granted: the clock was set back since.
  if (pauseMs > 0 && pauseMs <= LONGEST_PAUSE_MS) return { kind: 'failed' }
  // One that cannot be opened any more must not keep the others from getting theirs.
  const subscription = openSubscription(secretBox, device)
  return subscription ? sender.send(subscription, notice) : { kind: 'failed' }
}

type Device = Selectable<PushSubscriptionRow>

function record(
  { transact, clock }: NotifyDeps,
  userId: string,
  results: { id: string; outcome: Outcome }[],
  traceId: string,
): Promise<PushResult> {
  const idsOf = (kind: Outcome['kind']) =>
    results.filter(({ outcome }) => outcome.kind === kind).map(({ id }) => id)
  const [sent, removed, failed] = [idsOf('sent'), idsOf('removed'), idsOf('failed')]
  const counts = { sent: sent.length, removed: removed.length, failed: failed.length }

  return transact(traceId, async (trx, emit) => {
    // An account that was deleted meanwhile leaves no trace, not even this event.
    if (!(await findUser(trx, userId))) return counts
    await markDevicesSent(trx, sent, clock())
    await removeDevices(trx, clock, userId, removed)
    for (const { id, outcome } of results) {
      if (outcome.kind !== 'failed' || outcome.notBefore === undefined) continue
      await updateDevice(trx, id, { not_before: outcome.notBefore })
    }
    await emit('signals.push.sent', userId, counts)
    return counts
  })
}
