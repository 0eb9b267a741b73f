import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { Millis, ShadowScoreRow, TipFeedbackRow, TipScoreRow } from './tables.ts'

/** What a tip is to its owner; the rest of the row is the decision's receipt. */
const TIP_COLUMNS = [
  'id',
  'created_at',
  'source',
  'policy',
  'prompt_version',
  'text',
  'task',
] as const

export type StoredTip = Pick<TipScoreRow, (typeof TIP_COLUMNS)[number]>

/** The columns are named one by one: a query is compiled once for all rows. */
export const insertTip = compiledOnce((db, row: TipScoreRow) =>
  db.insertInto('tip_scores').values({
    id: row.id,
    user_id: row.user_id,
    created_at: row.created_at,
    source: row.source,
    fallback_reason: row.fallback_reason,
    policy: row.policy,
    policy_version: row.policy_version,
    prompt_version: row.prompt_version,
    text_model: row.text_model,
    text: row.text,
    task: row.task,
    chosen_id: row.chosen_id,
    propensity: row.propensity,
    candidates: row.candidates,
    context: row.context,
    features: row.features,
    seed: row.seed,
    latency_ms: row.latency_ms,
    trace_id: row.trace_id,
  }),
)

export async function insertShadowScores(db: DbOrTrx, rows: ShadowScoreRow[]): Promise<void> {
  if (rows.length > 0) await db.insertInto('shadow_scores').values(rows).execute()
}

export function findTip(db: DbOrTrx, userId: string, id: string) {
  return db
    .selectFrom('tip_scores')
    .select(TIP_COLUMNS)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst()
}

const tipChoice = compiledOnce((db, { userId, id }: { userId: string; id: string }) =>
  db
    .selectFrom('tip_scores')
    .select(['chosen_id', 'propensity'])
    .where('user_id', '=', userId)
    .where('id', '=', id),
)

/** What feedback on a tip is about. */
export async function findTipChoice(db: DbOrTrx, userId: string, id: string) {
  const [choice] = await tipChoice(db, { userId, id })
  return choice
}

/** A user's tips, newest first, older than `before`. */
export function listTips(
  db: DbOrTrx,
  userId: string,
  page: { before: string | undefined; limit: number },
) {
  return db
    .selectFrom('tip_scores')
    .select(TIP_COLUMNS)
    .where('user_id', '=', userId)
    .$if(page.before !== undefined, (query) => query.where('id', '<', page.before ?? ''))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
}

const feedbackOnce = compiledOnce((db, row: TipFeedbackRow) =>
  db
    .insertInto('tip_feedback')
    .values({
      id: row.id,
      tip_id: row.tip_id,
      user_id: row.user_id,
      action: row.action,
      reward: row.reward,
      reward_version: row.reward_version,
      created_at: row.created_at,
    })
    .onConflict((conflict) => conflict.columns(['tip_id', 'action']).doNothing())
    .returning('id'),
)

/** @returns false when this action was stored for this tip before. */
export async function insertFeedback(db: DbOrTrx, row: TipFeedbackRow): Promise<boolean> {
  const stored = await feedbackOnce(db, row)
  return stored.length > 0
}

/** The feedback on these tips, oldest first. */
export async function listFeedback(db: DbOrTrx, tipIds: readonly string[]) {
  if (tipIds.length === 0) return []
  return db
    .selectFrom('tip_feedback')
    .select(['tip_id', 'action', 'created_at'])
    .where('tip_id', 'in', tipIds)
    .orderBy('id')
    .execute()
}

/** Tips made before then, at most `limit`; their feedback and shadow scores go with them. @returns how many went. */
export async function deleteTipsBefore(db: DbOrTrx, before: Millis, limit: number) {
  const { numDeletedRows } = await db
    .deleteFrom('tip_scores')
    .where('id', 'in', (old) =>
      old
        .selectFrom('tip_scores')
        .select('id')
        .where('created_at', '<', before)
        .orderBy('created_at')
        .limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
