import type { Insertable } from 'kysely'
import type { DbOrTrx } from './open.ts'
import type { Millis, RevocationRow } from './tables.ts'

export function insertRevocation(db: DbOrTrx, row: Insertable<RevocationRow>) {
  return db.insertInto('revocations').values(row).execute()
}

/**
 * Claims what is due, the longest due first, by moving it to `until`: whoever gets a row is alone with it until then,
 * also among processes, and when that process dies the row is due again.
 *
 * @param ids only these, when given.
 */
export function claimDueRevocations(
  db: DbOrTrx,
  claim: { now: Millis; until: Millis; limit: number; ids?: readonly string[] },
) {
  return db
    .updateTable('revocations')
    .set({ next_attempt_at: claim.until })
    .where('next_attempt_at', '<=', claim.now)
    .where('id', 'in', (due) =>
      due
        .selectFrom('revocations')
        .select('id')
        .where('next_attempt_at', '<=', claim.now)
        .$if(claim.ids !== undefined, (query) => query.where('id', 'in', claim.ids ?? []))
        .orderBy('next_attempt_at')
        .limit(claim.limit),
    )
    .returningAll()
    .execute()
}

/** Makes due what is put off to a time that no attempt is ever put off to: the clock was set back since. */
export function recallRevocations(db: DbOrTrx, { now, latest }: { now: Millis; latest: Millis }) {
  return db
    .updateTable('revocations')
    .set({ next_attempt_at: now })
    .where('next_attempt_at', '>', latest)
    .execute()
}

export function postponeRevocation(db: DbOrTrx, id: string, at: Millis) {
  return db
    .updateTable('revocations')
    .set((row) => ({ attempts: row('attempts', '+', 1), next_attempt_at: at }))
    .where('id', '=', id)
    .execute()
}

export function deleteRevocation(db: DbOrTrx, id: string) {
  return db.deleteFrom('revocations').where('id', '=', id).execute()
}
