import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { Millis } from './tables.ts'

const COLUMNS = ['id', 'content', 'due', 'priority', 'is_recurring', 'url', 'added_at'] as const

const tasksDueBefore = compiledOnce(
  (db, { userId, day, limit }: { userId: string; day: string; limit: number }) =>
    db
      .selectFrom('tasks')
      .select(COLUMNS)
      .where('user_id', '=', userId)
      .where('status', '=', 'open')
      // Every form of a due date begins with its day, so they compare as text.
      .where('due', '<', day)
      .orderBy('due')
      .limit(limit),
)

/** Open tasks due before a day (`2026-11-24`), the earliest first. */
export function listTasksDueBefore(db: DbOrTrx, userId: string, day: string, limit: number) {
  return tasksDueBefore(db, { userId, day, limit })
}

const tasksByPriority = compiledOnce((db, { userId, limit }: { userId: string; limit: number }) =>
  db
    .selectFrom('tasks')
    .select(COLUMNS)
    .where('user_id', '=', userId)
    .where('status', '=', 'open')
    .orderBy('priority', 'desc')
    .orderBy('added_at')
    .limit(limit),
)

/** Open tasks, the most urgent first, among equals the oldest. */
export function listTasksByPriority(db: DbOrTrx, userId: string, limit: number) {
  return tasksByPriority(db, { userId, limit })
}

interface Tipped {
  userId: string
  since: Millis
  limit: number
}

const tasksTippedSince = compiledOnce((db, { userId, since, limit }: Tipped) =>
  db
    .with('tip', (db) =>
      db
        .selectFrom('tip_scores')
        .select(['chosen_id', 'id'])
        .where('user_id', '=', userId)
        .where('created_at', '>=', since)
        .where('chosen_id', 'is not', null)
        .orderBy('created_at', 'desc')
        .limit(limit),
    )
    .with('tipped', (db) =>
      db
        .selectFrom('tip')
        .select(({ fn }) => [
          'chosen_id as taskId',
          fn.countAll<number>().as('count'),
          // Ids sort by time.
          fn.max('id').as('lastTip'),
        ])
        .groupBy('chosen_id')
        .$narrowType<{ taskId: string }>(),
    )
    .selectFrom('tipped')
    .select(({ exists, selectFrom }) => [
      'taskId',
      'count',
      exists(
        selectFrom('tip_feedback')
          .select('id')
          .whereRef('tip_id', '=', 'lastTip')
          .where('action', '=', 'helpful'),
      ).as('welcome'),
    ]),
)

/**
 * The tasks of the user's tips since then, of the newest `limit`: how often each was tipped, and whether the user called
 * the last of these tips helpful.
 */
export function listTasksTippedSince(db: DbOrTrx, userId: string, since: Millis, limit: number) {
  return tasksTippedSince(db, { userId, since, limit })
}
