import {
  type DecisionRow,
  findDecision,
  findLastScored,
  listEventsOfUser,
  listRewards,
  listShadowScores,
  type RewardRow,
  type ShadowRow,
} from '../../db/decisions.ts'
import type { DbOrTrx } from '../../db/open.ts'
import { findOutboxCursor } from '../../db/outbox.ts'
import type { DecisionBody } from '../../schemas/decisions.ts'
import type { EventPayload } from '../../schemas/events.ts'
import type { ScoreContextBody } from '../../schemas/features.ts'
import { MINUTE, toIso } from '../clock.ts'
import type { WireScore } from '../ml/wire.ts'
import type { LoggedCandidate } from '../tips/record.ts'

/** The outbox cursor of the rewards. */
const REWARDS = 'rewards'

/** Everything that led to a tip, and what came of it. @returns undefined for an unknown or purged one. */
export async function findReceipt(db: DbOrTrx, tipId: string): Promise<DecisionBody | undefined> {
  const row = await findDecision(db, tipId)
  if (!row) return undefined
  const shadows = await listShadowScores(db, tipId)
  const rewards = await listRewards(db, tipId)
  const delivered = await deliveredActions(db, row, rewards)
  return {
    ...decisionBody(row),
    shadows: shadows.map(shadowBody),
    feedback: rewards.map((reward) => ({
      action: reward.action,
      reward: reward.reward,
      rewardVersion: reward.reward_version,
      createdAt: toIso(reward.created_at),
      delivered: delivered.has(reward.action),
    })),
  }
}

/** What was sent with the user's last score call, word for word. */
export async function findLastContext(
  db: DbOrTrx,
  userId: string,
): Promise<ScoreContextBody | undefined> {
  const row = await findLastScored(db, userId)
  if (!row) return undefined
  return {
    tipId: row.id,
    sentAt: toIso(row.created_at),
    context: JSON.parse(row.context),
    features: JSON.parse(row.features),
  }
}

/**
 * The answers that ml/serving has been told of: their events lie at or before the cursor of the rewards. Without a
 * choice there was nothing to tell.
 */
async function deliveredActions(
  db: DbOrTrx,
  { id, user_id, chosen_id }: DecisionRow,
  rewards: readonly RewardRow[],
): Promise<Set<string>> {
  const [first] = rewards
  const last = rewards.at(-1)
  if (!first || !last || chosen_id === null) return new Set()
  const cursor = await findOutboxCursor(db, REWARDS)
  // The event is noted in the same transaction as the answer, a moment after it.
  const events = await listEventsOfUser(db, user_id, first.created_at, last.created_at + MINUTE)
  const told = events
    .filter(({ type, seq }) => type === 'signals.tip.feedback' && seq <= cursor)
    .map(({ payload }) => JSON.parse(payload) as EventPayload<'signals.tip.feedback'>)
    .filter(({ tipId }) => tipId === id)
  return new Set(told.map(({ action }) => action))
}

const decisionBody = (row: DecisionRow) => ({
  tipId: row.id,
  userId: row.user_id,
  createdAt: toIso(row.created_at),
  traceId: row.trace_id,
  source: row.source,
  fallbackReason: row.fallback_reason,
  policy: row.policy,
  policyVersion: row.policy_version,
  promptVersion: row.prompt_version,
  textModel: row.text_model,
  text: row.text,
  task: row.task === null ? null : JSON.parse(row.task),
  chosenId: row.chosen_id,
  propensity: row.propensity,
  seed: row.seed,
  latencyMs: row.latency_ms,
  context: JSON.parse(row.context),
  features: JSON.parse(row.features),
  candidates: (JSON.parse(row.candidates) as LoggedCandidate[]).map((candidate) => ({
    ...scoreBody(candidate),
    features: candidate.features,
  })),
})

const shadowBody = (row: ShadowRow) => ({
  name: row.name,
  version: row.version,
  status: row.status,
  choiceId: row.choice_id,
  agreed: row.agreed === 1,
  scores: (JSON.parse(row.scores) as WireScore[]).map(scoreBody),
})

const scoreBody = ({ id, score, p, q_hat }: WireScore) => ({ id, score, p, qHat: q_hat ?? null })
