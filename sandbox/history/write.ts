import { migrate } from '../../db/migrate.ts'
import { type DbOrTrx, openDatabase } from '../../db/open.ts'
import { moveOutboxCursor } from '../../db/outbox.ts'
import { countShadow, insertPolicy } from '../../db/policies.ts'
import type { Tables } from '../../db/tables.ts'
import { foldAll } from '../../src/stats/fold.ts'
import { ACTIVE } from './decide.ts'
import { type History, type HistoryOptions, makeHistory } from './month.ts'

const ROWS_A_STATEMENT = 200
const FOLD_MS = 60_000
const POLICIES = [ACTIVE, 'thompson', 'epsilon-greedy', 'rules']

/**
 * Writes a believable past into a database that is still empty, before the server opens it. ml/serving counts as having
 * been told of all of it: it is not told again.
 *
 * @returns how much there is of what.
 */
export async function writeHistory(path: string, options: HistoryOptions) {
  const history = makeHistory(options)
  const { db } = openDatabase(path)
  try {
    await migrate(db)
    await db.transaction().execute(async (trx) => {
      await insertAll(trx, history)
      for (const name of POLICIES) {
        await insertPolicy(trx, {
          name,
          version: '1',
          active: Number(name === ACTIVE),
          enabled: 1,
          missing: 0,
          updated_at: options.now,
        })
      }
      for (const { shadows } of history.tips) await countShadow(trx, shadows)
      await moveOutboxCursor(trx, 'rewards', history.events.length)
    })
    await foldAll(db, FOLD_MS)
  } finally {
    await db.destroy()
  }
  return { users: history.users.length, tips: history.tips.length, events: history.events.length }
}

async function insertAll(db: DbOrTrx, { users, consents, tips, events }: History): Promise<void> {
  await insertMany(db, 'users', users)
  await insertMany(db, 'consents', consents)
  await insertMany(
    db,
    'tip_scores',
    tips.map(({ tip }) => tip),
  )
  await insertMany(
    db,
    'tip_feedback',
    tips.flatMap(({ answers }) => answers),
  )
  await insertMany(
    db,
    'shadow_scores',
    tips.flatMap(({ shadows }) => shadows),
  )
  await insertMany(db, 'events', events)
}

async function insertMany(
  db: DbOrTrx,
  table: keyof Tables,
  rows: readonly object[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    // The rows are typed where they are made; the names of the tables do not reach through this far.
    const some = rows.slice(at, at + ROWS_A_STATEMENT) as never
    await db.insertInto(table).values(some).execute()
  }
}
