import type { Insertable, Selectable, Updateable } from 'kysely'
import type { DbOrTrx, Trx } from './open.ts'
import type { PolicyRow, ShadowScoreRow } from './tables.ts'

export type Policy = Selectable<PolicyRow>

export function listPolicyRows(db: DbOrTrx): Promise<Policy[]> {
  return db.selectFrom('policies').selectAll().orderBy('name').execute()
}

export function findPolicyRow(db: DbOrTrx, name: string) {
  return db.selectFrom('policies').selectAll().where('name', '=', name).executeTakeFirst()
}

export function insertPolicy(db: DbOrTrx, row: Insertable<PolicyRow>) {
  return db.insertInto('policies').values(row).execute()
}

export function updatePolicy(db: DbOrTrx, name: string, change: Updateable<PolicyRow>) {
  return db.updateTable('policies').set(change).where('name', '=', name).execute()
}

/**
 * Counts what the shadows of one decision said, in the transaction that stores it: the counts outlive the rows, which
 * the retention purge removes. A shadow that gave no answer is not counted.
 */
export async function countShadow(
  trx: Trx,
  shadows: readonly Pick<ShadowScoreRow, 'name' | 'status' | 'agreed'>[],
): Promise<void> {
  const answered = shadows.filter(({ status }) => status === 'ok')
  await count(trx, 'decisions', answered)
  await count(
    trx,
    'agreements',
    answered.filter(({ agreed }) => agreed === 1),
  )
}

async function count(
  trx: Trx,
  column: 'decisions' | 'agreements',
  shadows: readonly { name: string }[],
): Promise<void> {
  if (shadows.length === 0) return
  await trx
    .updateTable('policies')
    .set((row) => ({ [column]: row(column, '+', 1) }))
    .where(
      'name',
      'in',
      shadows.map(({ name }) => name),
    )
    .execute()
}
