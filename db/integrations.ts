import type { ExpressionBuilder, Insertable, Selectable, Updateable } from 'kysely'
import type { DbOrTrx } from './open.ts'
import type { IntegrationRow, Millis, Tables } from './tables.ts'

export type Integration = Selectable<IntegrationRow>

export function insertIntegration(db: DbOrTrx, row: Insertable<IntegrationRow>) {
  return db.insertInto('integrations').values(row).execute()
}

export function findIntegration(db: DbOrTrx, userId: string, provider: string) {
  return db
    .selectFrom('integrations')
    .selectAll()
    .where('user_id', '=', userId)
    .where('provider', '=', provider)
    .executeTakeFirst()
}

/** A user's integrations with the number of open tasks of each. */
export function listIntegrations(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('integrations')
    .where('user_id', '=', userId)
    .selectAll()
    .select((row) =>
      row
        .selectFrom('tasks')
        .select((task) => task.fn.countAll<number>().as('n'))
        .whereRef('tasks.user_id', '=', 'integrations.user_id')
        .whereRef('tasks.provider', '=', 'integrations.provider')
        .where('tasks.status', '=', 'open')
        .as('task_count'),
    )
    .execute()
}

export function deleteIntegration(db: DbOrTrx, userId: string, provider: string) {
  return db
    .deleteFrom('integrations')
    .where('user_id', '=', userId)
    .where('provider', '=', provider)
    .returningAll()
    .executeTakeFirst()
}

interface Claim {
  now: Millis
  leaseUntil: Millis
}

const isFree = (now: Millis) => (row: ExpressionBuilder<Tables, 'integrations'>) =>
  row.or([row('sync_lease_until', 'is', null), row('sync_lease_until', '<=', now)])

/**
 * Takes the lease of one integration: until it runs out or is given back, nobody else syncs it, in this process or
 * another. From now on it is due: should this process die before the sync ends, the next one carries it out.
 *
 * @returns undefined when somebody holds the lease, or the user must reconnect first.
 */
export function claimIntegration(db: DbOrTrx, id: string, { now, leaseUntil }: Claim) {
  return db
    .updateTable('integrations')
    .set({ sync_lease_until: leaseUntil, next_sync_at: now })
    .where('id', '=', id)
    .where('status', '!=', 'reauthorize')
    .where(isFree(now))
    .returningAll()
    .executeTakeFirst()
}

/** Takes the lease of the integration that has been due the longest; undefined when none is. */
export function claimDueIntegration(db: DbOrTrx, { now, leaseUntil }: Claim) {
  return db
    .updateTable('integrations')
    .set({ sync_lease_until: leaseUntil })
    .where('id', '=', (due) =>
      due
        .selectFrom('integrations')
        .select('id')
        .where('next_sync_at', '<=', now)
        .where(isFree(now))
        .orderBy('next_sync_at')
        .limit(1),
    )
    .where(isFree(now))
    .returningAll()
    .executeTakeFirst()
}

/** An integration whose lease we took. The lease's end tells ours from one that was taken after it. */
export type Leased = Pick<Integration, 'id' | 'sync_lease_until'>

/**
 * Changes an integration while its lease is ours.
 *
 * @returns whether it was: not when it was disconnected, connected anew, or claimed by another meanwhile.
 */
export async function updateLeased(
  db: DbOrTrx,
  lease: Leased,
  changes: Updateable<IntegrationRow>,
): Promise<boolean> {
  const row = await db
    .updateTable('integrations')
    .set(changes)
    .where('id', '=', lease.id)
    .where('sync_lease_until', '=', lease.sync_lease_until)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
