import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { Millis, ProfileFeatureRow } from './tables.ts'

const featureRows = compiledOnce((db, { userId }: { userId: string }) =>
  db
    .selectFrom('profile_features')
    .select(['name', 'value', 'computed_at'])
    .where('user_id', '=', userId)
    .orderBy('name'),
)

export function listFeatureRows(db: DbOrTrx, userId: string) {
  return featureRows(db, { userId })
}

export function deleteFeatureRows(db: DbOrTrx, userId: string) {
  return db.deleteFrom('profile_features').where('user_id', '=', userId).execute()
}

/** Puts rows in the place of those with the names of `replaced`. */
export async function replaceFeatureRows(
  db: DbOrTrx,
  userId: string,
  replaced: readonly string[],
  rows: readonly ProfileFeatureRow[],
): Promise<void> {
  if (replaced.length > 0) {
    await db
      .deleteFrom('profile_features')
      .where('user_id', '=', userId)
      .where('name', 'in', replaced)
      .execute()
  }
  if (rows.length > 0) await db.insertInto('profile_features').values(rows).execute()
}

const lastTimeZone = compiledOnce((db, { userId }: { userId: string }) =>
  db
    .selectFrom('integrations')
    .select('time_zone')
    .where('user_id', '=', userId)
    .where('time_zone', 'is not', null)
    .orderBy('connected_at', 'desc')
    .limit(1),
)

/** The IANA name that the user's task provider tells, the one connected last; undefined when none does. */
export async function findTimeZone(db: DbOrTrx, userId: string): Promise<string | undefined> {
  const [row] = await lastTimeZone(db, { userId })
  return row?.time_zone ?? undefined
}

export async function findLastActive(db: DbOrTrx, userId: string): Promise<Millis | undefined> {
  const row = await db
    .selectFrom('users')
    .select('last_active_at')
    .where('id', '=', userId)
    .executeTakeFirst()
  return row?.last_active_at
}

/** The user's answers since `since`, by action, and how many of them came since `recently`. */
export function countFeedback(db: DbOrTrx, userId: string, since: Millis, recently: Millis) {
  return db
    .selectFrom('tip_feedback')
    .where('user_id', '=', userId)
    .where('created_at', '>=', since)
    .groupBy('action')
    .select((row) => [
      'action',
      row.fn.countAll<number>().as('all'),
      row.fn
        .sum<number>(row.case().when('created_at', '>=', recently).then(1).else(0).end())
        .as('recent'),
    ])
    .execute()
}

/** Each tip about a task that the user got since `since`: when, of which project, and whether it was acted on. */
export function listTipOutcomes(
  db: DbOrTrx,
  userId: string,
  since: Millis,
  actions: readonly string[],
) {
  return db
    .selectFrom('tip_scores as tip')
    .leftJoin('tasks as task', (join) =>
      join.onRef('task.user_id', '=', 'tip.user_id').onRef('task.id', '=', 'tip.chosen_id'),
    )
    .where('tip.user_id', '=', userId)
    .where('tip.created_at', '>=', since)
    .where('tip.chosen_id', 'is not', null)
    .select((row) => [
      'tip.created_at as servedAt',
      'task.project as project',
      row
        .exists(
          row
            .selectFrom('tip_feedback as answer')
            .select('answer.action')
            .whereRef('answer.tip_id', '=', 'tip.id')
            .where('answer.action', 'in', actions),
        )
        .as('acted'),
    ])
    .execute()
}

/**
 * Open tasks of a user: how many, how many due before today, and how many of known age.
 *
 * A due date is a day, a floating local time or a UTC time, all ISO 8601: as text they sort by time, and a day or a
 * floating time compares with a day as it stands.
 *
 * @param today the user's day, 2026-11-22.
 * @param todayStart when it began, in UTC, 2026-11-21T23:00:00.000Z.
 */
export function countOpenTasks(db: DbOrTrx, userId: string, today: string, todayStart: string) {
  return db
    .selectFrom('tasks')
    .where('user_id', '=', userId)
    .where('status', '=', 'open')
    .select((row) => {
      const limit = row.case().when('due', 'like', '%Z').then(todayStart).else(today).end()
      return [
        row.fn.countAll<number>().as('open'),
        row.fn.count<number>('added_at').as('dated'),
        row.fn.sum<number>(row.case().when('due', '<', limit).then(1).else(0).end()).as('overdue'),
      ]
    })
    .executeTakeFirstOrThrow()
}

/** When the task in the middle was added, or the two in the middle, of `count` open tasks of known age. */
export async function findMedianAdded(db: DbOrTrx, userId: string, count: number) {
  const rows = await db
    .selectFrom('tasks')
    .select('added_at')
    .where('user_id', '=', userId)
    .where('status', '=', 'open')
    .where('added_at', 'is not', null)
    .orderBy('added_at')
    .limit(count % 2 === 0 ? 2 : 1)
    .offset(Math.floor((count - 1) / 2))
    .execute()
  return rows.map((row) => row.added_at as Millis)
}
