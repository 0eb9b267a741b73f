import { sql } from 'kysely'
import { compiledOnce } from './compiled.ts'
import type { Trx } from './open.ts'

const set = compiledOnce(() => sql`savepoint change`)
const goBack = compiledOnce(() => sql`rollback to change`)
const release = compiledOnce(() => sql`release change`)

/** The point of a transaction to which one change of several goes back when it fails alone. */
export const savepoint = {
  set: (trx: Trx) => set(trx, {}),
  goBack: (trx: Trx) => goBack(trx, {}),
  release: (trx: Trx) => release(trx, {}),
}
