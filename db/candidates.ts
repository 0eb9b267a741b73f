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
    .selectFrom('tip_scores as tip')
    .where('tip.user_id', '=', userId)
    .where('tip.created_at', '>=', since)
    .where('tip.chosen_id', 'is not', null)
    .select((tip) => [
      'tip.chosen_id as taskId',
      tip
        .exists(
          tip
            .selectFrom('tip_feedback')
            .select('id')
            .whereRef('tip_feedback.tip_id', '=', 'tip.id')
            .where('tip_feedback.action', '=', 'helpful'),
        )
        .as('welcome'),
    ])
    .orderBy('tip.created_at', 'desc')
    .limit(limit)
    .$narrowType<{ taskId: string }>(),
)

/** The user's tips about a task since then, newest first, and whether the user called it helpful. */
export function listTasksTippedSince(db: DbOrTrx, userId: string, since: Millis, limit: number) {
  return tasksTippedSince(db, { userId, since, limit })
}
