import { sql } from 'kysely'
import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { StatsQuarterRow, StatsRecencyRow, StatsUserRow } from './tables.ts'

const quartersAt = compiledOnce<{ quarters: string }, StatsQuarterRow>((db, { quarters }) =>
  db
    .selectFrom('stats_quarters')
    .selectAll()
    .where('quarter', 'in', sql<number>`(select value from json_each(${quarters}))`),
)

/** The rows at these quarters, as far as there are any. */
export const statsQuartersAt = (
  db: DbOrTrx,
  quarters: readonly number[],
): Promise<StatsQuarterRow[]> => quartersAt(db, { quarters: JSON.stringify(quarters) })

/** The newest row before a quarter. */
export function statsQuarterBefore(
  db: DbOrTrx,
  quarter: number,
): Promise<StatsQuarterRow | undefined> {
  return db
    .selectFrom('stats_quarters')
    .selectAll()
    .where('quarter', '<', quarter)
    .orderBy('quarter', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The row that is still being counted; undefined before the first event. */
export function openStatsQuarter(db: DbOrTrx): Promise<StatsQuarterRow | undefined> {
  return db
    .selectFrom('stats_quarters')
    .selectAll()
    .orderBy('quarter', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function firstStatsQuarter(db: DbOrTrx): Promise<number | undefined> {
  const row = await db
    .selectFrom('stats_quarters')
    .select('quarter')
    .orderBy('quarter')
    .limit(1)
    .executeTakeFirst()
  return row?.quarter
}

export function statsQuartersBetween(
  db: DbOrTrx,
  after: number,
  upTo: number,
): Promise<StatsQuarterRow[]> {
  return db
    .selectFrom('stats_quarters')
    .selectAll()
    .where('quarter', '>', after)
    .where('quarter', '<=', upTo)
    .execute()
}

/** SQLite takes at most 32,766 values in a statement; few enough rows also keep the statement small. */
const ROWS_A_STATEMENT = 100

export async function putStatsQuarters(
  db: DbOrTrx,
  rows: readonly StatsQuarterRow[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await db
      .insertInto('stats_quarters')
      .values(rows.slice(start, start + ROWS_A_STATEMENT))
      .onConflict((conflict) =>
        conflict.column('quarter').doUpdateSet((eb) => ({
          totals: eb.ref('excluded.totals'),
          active: eb.ref('excluded.active'),
        })),
      )
      .execute()
  }
}

/** Counts one more tip, served in this quarter, that was acted on. */
export async function countAct(db: DbOrTrx, quarter: number): Promise<void> {
  await db
    .insertInto('stats_acts')
    .values({ quarter, tips: 1 })
    .onConflict((conflict) =>
      conflict.column('quarter').doUpdateSet((eb) => ({ tips: eb('stats_acts.tips', '+', 1) })),
    )
    .execute()
}

const actsWithin = compiledOnce<{ stretches: string }, { tips: number | null }>(
  (db, { stretches }) =>
    db
      .selectFrom(sql<{ key: number }>`json_each(${stretches})`.as('stretch'))
      .select((eb) =>
        eb
          .selectFrom('stats_acts')
          .select(({ fn }) => fn.sum<number | null>('tips').as('tips'))
          .where('quarter', '>=', sql<number>`stretch.value ->> 0`)
          .where('quarter', '<', sql<number>`stretch.value ->> 1`)
          .as('tips'),
      )
      .orderBy('stretch.key'),
)

/** Tips that were acted on, by when they were served: from each of some quarters up to the next of them. */
export async function sumActs(db: DbOrTrx, quarters: readonly number[]): Promise<number[]> {
  const stretches = quarters.slice(1).map((to, index) => [quarters[index], to])
  const rows = await actsWithin(db, { stretches: JSON.stringify(stretches) })
  return rows.map(({ tips }) => tips ?? 0)
}

export function statsUsers(db: DbOrTrx, userIds: readonly string[]): Promise<StatsUserRow[]> {
  if (userIds.length === 0) return Promise.resolve([])
  return db.selectFrom('stats_users').selectAll().where('user_id', 'in', userIds).execute()
}

export async function putStatsUsers(db: DbOrTrx, rows: readonly StatsUserRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await db
      .insertInto('stats_users')
      .values(rows.slice(start, start + ROWS_A_STATEMENT))
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet((eb) => ({ quarter: eb.ref('excluded.quarter') })),
      )
      .execute()
  }
}

export function recencyFrom(db: DbOrTrx, quarter: number): Promise<StatsRecencyRow[]> {
  return db.selectFrom('stats_recency').selectAll().where('quarter', '>=', quarter).execute()
}

const lastActiveSince = compiledOnce<{ quarter: number }, { users: number | null }>(
  (db, { quarter }) =>
    db
      .selectFrom('stats_recency')
      .select(({ fn }) => fn.sum<number | null>('users').as('users'))
      .where('quarter', '>=', quarter),
)

/** Users who were active in this quarter or later. */
export async function countActiveSince(db: DbOrTrx, quarter: number): Promise<number> {
  const [row] = await lastActiveSince(db, { quarter })
  return row?.users ?? 0
}

export async function putRecency(db: DbOrTrx, rows: readonly StatsRecencyRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await db
      .insertInto('stats_recency')
      .values(rows.slice(start, start + ROWS_A_STATEMENT))
      .onConflict((conflict) =>
        conflict.column('quarter').doUpdateSet((eb) => ({ users: eb.ref('excluded.users') })),
      )
      .execute()
  }
}

export async function dropRecencyBefore(db: DbOrTrx, quarter: number): Promise<void> {
  await db.deleteFrom('stats_recency').where('quarter', '<', quarter).execute()
}

/** When a tip was served, and the first of these actions that it was answered with; undefined when it is gone. */
export function findTipWithAct(
  db: DbOrTrx,
  tipId: string,
  acts: readonly string[],
): Promise<{ servedAt: number; act: string | null } | undefined> {
  return db
    .selectFrom('tip_scores')
    .select((eb) => [
      'created_at as servedAt',
      eb
        .selectFrom('tip_feedback')
        .select('action')
        .where('tip_id', '=', tipId)
        .where('action', 'in', acts)
        .orderBy('created_at')
        .orderBy('id')
        .limit(1)
        .as('act'),
    ])
    .where('id', '=', tipId)
    .executeTakeFirst()
}

/** A stretch of time [from, to), milliseconds since the epoch. */
export interface Stretch {
  from: number
  to: number
}

/** The next events of a stretch of time, in order of time, which comes from its index. @param after the last one read. */
export function eventsWithin(
  db: DbOrTrx,
  { from, to }: Stretch,
  after: { at: number; seq: number } | undefined,
  limit: number,
) {
  return db
    .selectFrom('events')
    .selectAll()
    .where('occurred_at', '>=', after?.at ?? from)
    .where('occurred_at', '<', to)
    .$if(after !== undefined, (query) =>
      query.where((row) =>
        row.or([row('occurred_at', '>', after?.at ?? 0), row('seq', '>', after?.seq ?? 0)]),
      ),
    )
    .orderBy('occurred_at')
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/** Whether a stretch of time has got an event behind a position of the log. */
export async function hasEventsBehind(
  db: DbOrTrx,
  { from, to }: Stretch,
  seq: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('events')
    .select('seq')
    .where('seq', '>', seq)
    .where('occurred_at', '>=', from)
    .where('occurred_at', '<', to)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
