import type { ExpressionBuilder, Insertable, Selectable, Updateable } from 'kysely'
import { compiledOnce } from './compiled.ts'
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

export function deleteIntegration(
  db: DbOrTrx,
  integration: Partial<Pick<Integration, 'id'>> & Pick<Integration, 'user_id' | 'provider'>,
) {
  const { id, user_id, provider } = integration
  return db
    .deleteFrom('integrations')
    .where('user_id', '=', user_id)
    .where('provider', '=', provider)
    .$if(id !== undefined, (query) => query.where('id', '=', id as string))
    .returningAll()
    .executeTakeFirst()
}

/** Whether it is there, neither disconnected nor connected anew. */
export async function isIntegration(db: DbOrTrx, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('integrations')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}

export interface Claim {
  now: Millis
  leaseUntil: Millis
}

/** A lease that ends later than one taken now was taken before the clock was set back, and holds nobody up. */
const isFree =
  ({ now, leaseUntil }: Claim) =>
  (row: ExpressionBuilder<Tables, 'integrations'>) =>
    row.or([
      row('sync_lease_until', 'is', null),
      row('sync_lease_until', '<=', now),
      row('sync_lease_until', '>', leaseUntil),
    ])

/**
 * Takes the lease of one integration: until it runs out or is given back, nobody else syncs it, in this process or
 * another. From now on it is due: should this process die before the sync ends, the next one carries it out.
 *
 * @returns undefined when somebody holds the lease, or the user must reconnect first.
 */
export function claimIntegration(db: DbOrTrx, id: string, claim: Claim) {
  return db
    .updateTable('integrations')
    .set({ sync_lease_until: claim.leaseUntil, next_sync_at: claim.now })
    .where('id', '=', id)
    .where('status', '!=', 'reauthorize')
    .where(isFree(claim))
    .returningAll()
    .executeTakeFirst()
}

/** How far away a sync can be at most: planned by us, and as a provider that limits us may ask for. */
export interface Horizon {
  planned: Millis
  asked: Millis
}

const claimDue = compiledOnce((db, { now, leaseUntil, planned, asked }: Claim & Horizon) => {
  const claim = { now, leaseUntil }
  const first = (row: ExpressionBuilder<Tables, 'integrations'>) =>
    row
      .selectFrom('integrations')
      .select('id')
      .where(isFree(claim))
      .orderBy('next_sync_at')
      .limit(1)
  return db
    .updateTable('integrations')
    .set({ sync_lease_until: claim.leaseUntil })
    .where('id', '=', (row) =>
      row.fn.coalesce(
        first(row).where('next_sync_at', '<=', claim.now),
        first(row)
          .where('next_sync_at', '>', planned)
          .where((far) =>
            far.or([
              far('last_error', 'is', null),
              far('last_error', '!=', 'rate_limited'),
              far('next_sync_at', '>', asked),
            ]),
          ),
      ),
    )
    .where(isFree(claim))
    .returningAll()
})

/**
 * Takes the lease of the integration that has been due the longest; undefined when none is. What lies beyond the horizon
 * was planned before the clock was set back, and is due as well.
 */
export async function claimDueIntegration(
  db: DbOrTrx,
  claim: Claim,
  horizon: Horizon,
): Promise<Integration | undefined> {
  const [row] = await claimDue(db, { ...claim, ...horizon })
  return row
}

/**
 * Takes the lease from whoever holds it, to end the connection: a sync under way writes nothing more, and should this
 * process die before the end, the next sync reads everything anew.
 *
 * @returns undefined when there is no such connection.
 */
export function seizeIntegration(
  db: DbOrTrx,
  userId: string,
  provider: string,
  { now, leaseUntil }: Claim,
) {
  return db
    .updateTable('integrations')
    .set({ sync_lease_until: leaseUntil, sync_cursor: null, next_sync_at: now })
    .where('user_id', '=', userId)
    .where('provider', '=', provider)
    .returningAll()
    .executeTakeFirst()
}

/** An integration whose lease we took. The lease's end tells ours from one that was taken after it. */
export type Leased = Pick<Integration, 'id' | 'sync_lease_until'>

const sameLease = compiledOnce((db, { id, until }: { id: string; until: Millis | null }) =>
  db
    .updateTable('integrations')
    .set({ sync_lease_until: until })
    .where('id', '=', id)
    .where('sync_lease_until', '=', until)
    .returning('id'),
)

/**
 * Makes sure that the lease is ours, until the end of the transaction. Written, not read: in a database with several
 * writers this also keeps the row as it is until the commit.
 */
export async function holdsLease(db: DbOrTrx, lease: Leased): Promise<boolean> {
  const rows = await sameLease(db, { id: lease.id, until: lease.sync_lease_until })
  return rows.length > 0
}

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
