import type { Database, Trx } from '../../db/open.ts'
import {
  deleteDevices,
  findDeviceByEndpoint,
  insertDevice,
  listDevices,
  updateDevice,
} from '../../db/push.ts'
import { insertConsent } from '../../db/users.ts'
import type { DeviceBody, PushSubscriptionJson } from '../../schemas/push.ts'
import { type Clock, toIso } from '../clock.ts'
import { newId } from '../ids.ts'
import type { SecretBox } from '../secrets/box.ts'
import { isPublicAddress, parseEndpoint, refused } from './endpoint.ts'
import type { Resolve } from './resolve.ts'
import { boundToUser, checkKeys, hashEndpoint } from './subscription.ts'

/** The oldest goes when there are more: it is most likely a browser that was never heard of again. */
export const MAX_DEVICES = 20

export interface DeviceDeps {
  db: Database
  clock: Clock
  secretBox: SecretBox
  allowedOrigins: ReadonlySet<string>
  resolve: Resolve
}

/**
 * Registers a browser for notices. Its endpoint belongs to whoever subscribed last, so that two people at one browser
 * do not read each other's tips.
 *
 * @returns whether the user did not have it yet.
 * @throws {Problem} `push_endpoint_refused`, or `validation_failed` that names the key.
 */
export async function subscribe(
  deps: DeviceDeps,
  userId: string,
  subscription: PushSubscriptionJson,
): Promise<{ created: boolean; device: DeviceBody }> {
  checkKeys(subscription.keys)
  const endpoint = parseEndpoint(subscription.endpoint, deps.allowedOrigins)
  if (!deps.allowedOrigins.has(endpoint.origin)) await refuseInnerAddresses(deps.resolve, endpoint)
  const row = {
    endpoint_hash: hashEndpoint(endpoint),
    subscription: deps.secretBox.seal(JSON.stringify(subscription), boundToUser(userId)),
  }

  return deps.db.transaction().execute(async (trx) => {
    const known = await findDeviceByEndpoint(trx, row.endpoint_hash)
    if (known?.user_id === userId) {
      await updateDevice(trx, known.id, row)
      return { created: false, device: deviceBody(known) }
    }
    if (known) await removeDevices(trx, deps.clock, known.user_id, [known.id])
    const now = deps.clock()
    const device = { id: newId(), user_id: userId, created_at: now, tips_settled_until: now }
    await makeRoom(trx, deps.clock, userId)
    await insertDevice(trx, { ...device, ...row })
    return { created: true, device: deviceBody(device) }
  })
}

/** Forgets a browser. One that is not registered is forgotten already. */
export async function unsubscribe(
  deps: DeviceDeps,
  userId: string,
  endpoint: string,
): Promise<void> {
  const url = URL.parse(endpoint)
  if (!url) return
  await deps.db.transaction().execute(async (trx) => {
    const known = await findDeviceByEndpoint(trx, hashEndpoint(url))
    if (known?.user_id === userId) await removeDevices(trx, deps.clock, userId, [known.id])
  })
}

/** Removes devices; with the last one goes the consent. @returns how many there were. */
export async function removeDevices(
  trx: Trx,
  clock: Clock,
  userId: string,
  ids: readonly string[],
): Promise<number> {
  const removed = await deleteDevices(trx, userId, ids)
  const left = await listDevices(trx, userId)
  if (removed > 0 && left.length === 0) await noteConsent(trx, clock, userId, 'withdrawn')
  return removed
}

async function makeRoom(trx: Trx, clock: Clock, userId: string): Promise<void> {
  const devices = await listDevices(trx, userId)
  if (devices.length === 0) await noteConsent(trx, clock, userId, 'granted')
  const tooMany = devices.slice(0, Math.max(0, devices.length - MAX_DEVICES + 1))
  await deleteDevices(
    trx,
    userId,
    tooMany.map((device) => device.id),
  )
}

const noteConsent = (trx: Trx, clock: Clock, userId: string, action: 'granted' | 'withdrawn') =>
  insertConsent(trx, { id: newId(), user_id: userId, kind: 'push', action, at: clock() })

/** A name that cannot be resolved now is let in: it is checked again whenever something is sent there. */
async function refuseInnerAddresses(resolve: Resolve, endpoint: URL): Promise<void> {
  const addresses = await resolve(endpoint.hostname)
  if (!addresses.every(isPublicAddress)) throw refused('must name a public host')
}

const deviceBody = ({ id, created_at }: { id: string; created_at: number }): DeviceBody => ({
  id,
  createdAt: toIso(created_at),
})
