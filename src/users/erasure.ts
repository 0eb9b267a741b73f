import { setTimeout as sleep } from 'node:timers/promises'
import {
  ACCOUNT_TABLES,
  type AccountTable,
  deleteAccountRows,
  deleteLeaving,
  pseudonymiseEvents,
  pseudonymiseMentions,
} from '../../db/account.ts'
import type { Database, Trx } from '../../db/open.ts'
import { inSlices, transactionsOf } from '../jobs/slices.ts'

/** A user who is leaving, and the name under which the history stays. */
export interface Leaver {
  userId: string
  pseudonym: string
}

/** Rows that went, by table. */
export type ErasedRows = Record<string, number>

const ACTIONS_PER_SLICE = 200
/** More than there can be where it is used: what came in behind the slices, a person's few devices. */
export const ALL = 1_000_000

/**
 * Erases what a leaving user has, in slices: an account can hold any number of rows. It may end anywhere and be begun
 * again, since the user's own row goes last, in one transaction with whatever came in behind the slices.
 *
 * @param last what else is to be done in that last transaction.
 * @returns undefined when it was cut off, or somebody else was the last.
 */
export async function erase<R>(
  db: Database,
  leaver: Leaver,
  last: (trx: Trx) => Promise<R>,
  signal?: AbortSignal,
): Promise<{ rows: ErasedRows; result: R } | undefined> {
  const rows: ErasedRows = {}
  const { userId, pseudonym } = leaver
  const remove = async (trx: Trx, table: AccountTable, limit: number) => {
    const removed = await deleteAccountRows(trx, table, userId, limit)
    rows[table] = (rows[table] ?? 0) + removed
    return removed
  }
  const slices = transactionsOf(db)

  await inSlices(slices, (limit, trx) => pseudonymiseEvents(trx, userId, pseudonym, limit), signal)
  await eraseMentions(db, leaver, signal)
  for (const table of ACCOUNT_TABLES) {
    await inSlices(slices, (limit, trx) => remove(trx, table, limit), signal)
  }
  if (signal?.aborted) return undefined
  return db.transaction().execute(async (trx) => {
    await pseudonymiseEvents(trx, userId, pseudonym, ALL)
    for (const table of ACCOUNT_TABLES) await remove(trx, table, ALL)
    if (!(await deleteLeaving(trx, userId))) return undefined
    return { rows: { ...rows, users: 1 }, result: await last(trx) }
  })
}

async function eraseMentions(db: Database, leaver: Leaver, signal?: AbortSignal): Promise<void> {
  const limit = ACTIONS_PER_SLICE
  for (let after: number | undefined = 0; after !== undefined && !signal?.aborted; ) {
    const slice: { after: number; limit: number } = { after, limit }
    after = await db.transaction().execute((trx) => pseudonymiseMentions(trx, leaver, slice))
    await sleep(1)
  }
}
