import type { Insertable, Updateable } from 'kysely'
import type { DbOrTrx } from './open.ts'
import type { Millis, PushSubscriptionRow } from './tables.ts'

export function insertDevice(db: DbOrTrx, row: Insertable<PushSubscriptionRow>) {
  return db.insertInto('push_subscriptions').values(row).execute()
}

export function updateDevice(db: DbOrTrx, id: string, changes: Updateable<PushSubscriptionRow>) {
  return db.updateTable('push_subscriptions').set(changes).where('id', '=', id).execute()
}

export function findDeviceByEndpoint(db: DbOrTrx, endpointHash: string) {
  return db
    .selectFrom('push_subscriptions')
    .select(['id', 'user_id', 'created_at'])
    .where('endpoint_hash', '=', endpointHash)
    .executeTakeFirst()
}

/** A user's devices, oldest first. */
export function listDevices(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('push_subscriptions')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

export async function countDevices(db: DbOrTrx, userId: string): Promise<number> {
  const { devices } = await db
    .selectFrom('push_subscriptions')
    .select((count) => count.fn.countAll<number>().as('devices'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(devices)
}

/** @returns how many of them there were. */
export async function deleteDevices(
  db: DbOrTrx,
  userId: string,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0
  const { numDeletedRows } = await db
    .deleteFrom('push_subscriptions')
    .where('user_id', '=', userId)
    .where('id', 'in', ids)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

export function markDevicesSent(db: DbOrTrx, ids: readonly string[], at: Millis) {
  return db
    .updateTable('push_subscriptions')
    .set({ last_sent_at: at })
    .where('id', 'in', ids)
    .execute()
}

/** Some of the users who still have a tip to come for an occurrence. A claim takes a user out of them. */
export async function listUsersDueForTip(
  db: DbOrTrx,
  occurrence: Millis,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('push_subscriptions')
    .select('user_id')
    .distinct()
    .where('tips_settled_until', '<', occurrence)
    .limit(limit)
    .execute()
  return rows.map((row) => row.user_id)
}

/** Takes back at most `limit` claims of occurrences that are further away than `latest`. @returns how many. */
export async function dropClaimsAfter(db: DbOrTrx, latest: Millis, limit: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('push_subscriptions')
    .set({ tips_settled_until: 0 })
    .where('id', 'in', (far) =>
      far
        .selectFrom('push_subscriptions')
        .select('id')
        .where('tips_settled_until', '>', latest)
        .limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Claims an occurrence for all devices of a user in one statement: of several processes one gets it. */
export async function claimTip(db: DbOrTrx, userId: string, occurrence: Millis): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('push_subscriptions')
    .set({ tips_settled_until: occurrence })
    .where('user_id', '=', userId)
    .where('tips_settled_until', '<', occurrence)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
