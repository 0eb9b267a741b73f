import { findTipChoice, insertFeedback } from '../../db/tips.ts'
import type { FeedbackAction } from '../../schemas/tips.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Transact } from '../events/transact.ts'
import { newId } from '../ids.ts'
import { REWARD_VERSION, REWARDS } from './rewards.ts'

export interface FeedbackRequest {
  userId: string
  tipId: string
  action: FeedbackAction
  traceId: string
}

/**
 * Stores an answer to a tip together with its reward and its event; the outbox takes the reward to ml/serving. The same
 * answer to the same tip is stored once.
 *
 * @throws {Problem} 404 for a tip that is unknown or somebody else's.
 */
export function storeFeedback(
  { transact, clock }: { transact: Transact; clock: Clock },
  { userId, tipId, action, traceId }: FeedbackRequest,
): Promise<{ duplicate: boolean }> {
  const reward = REWARDS[action]
  return transact(traceId, async (trx, emit) => {
    const tip = await findTipChoice(trx, userId, tipId)
    if (!tip) throw new Problem('not_found')
    const stored = await insertFeedback(trx, {
      id: newId(),
      tip_id: tipId,
      user_id: userId,
      action,
      reward,
      reward_version: REWARD_VERSION,
      created_at: clock(),
    })
    if (!stored) return { duplicate: true }
    await emit('signals.tip.feedback', userId, {
      tipId,
      action,
      reward,
      rewardVersion: REWARD_VERSION,
      chosenId: tip.chosen_id,
      propensity: tip.propensity,
    })
    return { duplicate: false }
  })
}
