import type { DbOrTrx } from './open.ts'
import type { IdempotencyKeyRow, Millis } from './tables.ts'

export function findIdempotencyKey(db: DbOrTrx, userId: string, key: string) {
  return db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** @returns false when the user has such a key already. */
export async function insertIdempotencyKey(db: DbOrTrx, row: IdempotencyKeyRow): Promise<boolean> {
  const stored = await db
    .insertInto('idempotency_keys')
    .values(row)
    .onConflict((conflict) => conflict.columns(['user_id', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  return stored !== undefined
}

/** Whose lock it is: a lock that was taken over has another end. */
type Lock = Pick<IdempotencyKeyRow, 'user_id' | 'key' | 'locked_until'>

/** @returns false when the lock is no longer one's own. */
export async function fulfilIdempotencyKey(db: DbOrTrx, lock: Lock, tipId: string) {
  const { numUpdatedRows } = await db
    .updateTable('idempotency_keys')
    .set({ tip_id: tipId })
    .where('user_id', '=', lock.user_id)
    .where('key', '=', lock.key)
    .where('locked_until', '=', lock.locked_until)
    .where('tip_id', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export function releaseIdempotencyKey(db: DbOrTrx, lock: Lock) {
  return db
    .deleteFrom('idempotency_keys')
    .where('user_id', '=', lock.user_id)
    .where('key', '=', lock.key)
    .where('locked_until', '=', lock.locked_until)
    .where('tip_id', 'is', null)
    .execute()
}

export function deleteIdempotencyKey(db: DbOrTrx, userId: string, key: string) {
  return db
    .deleteFrom('idempotency_keys')
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .execute()
}

/** Keys first used before then, at most `limit`. @returns how many went. */
export async function deleteIdempotencyKeysBefore(db: DbOrTrx, before: Millis, limit: number) {
  const { numDeletedRows } = await db
    .deleteFrom('idempotency_keys')
    .where((row) =>
      row(
        row.refTuple('user_id', 'key'),
        'in',
        row
          .selectFrom('idempotency_keys')
          .select(['user_id', 'key'])
          .where('created_at', '<', before)
          .limit(limit)
          .$asTuple('user_id', 'key'),
      ),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
