import type { DbOrTrx } from './open.ts'
import type { Millis } from './tables.ts'

export function findDecision(db: DbOrTrx, tipId: string) {
  return db.selectFrom('tip_scores').selectAll().where('id', '=', tipId).executeTakeFirst()
}
export type DecisionRow = NonNullable<Awaited<ReturnType<typeof findDecision>>>

export function listShadowScores(db: DbOrTrx, tipId: string) {
  return db
    .selectFrom('shadow_scores')
    .select(['name', 'version', 'status', 'choice_id', 'agreed', 'scores'])
    .where('tip_id', '=', tipId)
    .orderBy('name')
    .execute()
}
export type ShadowRow = Awaited<ReturnType<typeof listShadowScores>>[number]

export function listRewards(db: DbOrTrx, tipId: string) {
  return db
    .selectFrom('tip_feedback')
    .select(['action', 'reward', 'reward_version', 'created_at'])
    .where('tip_id', '=', tipId)
    .orderBy('id')
    .execute()
}
export type RewardRow = Awaited<ReturnType<typeof listRewards>>[number]

/** The events about a user within a time, few as a person's are. */
export function listEventsOfUser(db: DbOrTrx, userId: string, from: Millis, to: Millis) {
  return db
    .selectFrom('events')
    .select(['seq', 'type', 'payload'])
    .where('user_id', '=', userId)
    .where('occurred_at', '>=', from)
    .where('occurred_at', '<=', to)
    .orderBy('seq')
    .execute()
}

/** A user's last decision that was asked of a policy: there was a task to choose from. */
export function findLastScored(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('tip_scores')
    .select(['id', 'created_at', 'context', 'features'])
    .where('user_id', '=', userId)
    .where('source', '!=', 'cold_start')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
