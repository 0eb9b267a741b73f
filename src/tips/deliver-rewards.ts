import { toIso } from '../clock.ts'
import type { OoEvent } from '../events/bus.ts'
import { UpstreamError } from '../http/client.ts'
import type { Log } from '../log.ts'
import type { MlClient } from '../ml/client.ts'
import type { RewardEvent } from '../ml/wire.ts'
import { newTraceId } from '../trace.ts'

type FeedbackEvent = OoEvent<'signals.tip.feedback'>

/** What ml/serving takes at once. */
export const REWARDS_BATCH = 100

/**
 * Makes the delivery of rewards. What ml/serving refuses for its content is tried event by event, and the refused one is
 * logged and left out, so that it does not hold up those behind it for ever.
 *
 * @returns a function that throws an `UpstreamError` when the events should be tried again.
 */
export function createRewardDelivery(ml: Pick<MlClient, 'rewards'>, log: Log) {
  async function send(rewards: RewardEvent[], traceId: string): Promise<void> {
    try {
      await ml.rewards(rewards, { traceId })
    } catch (error) {
      const [first, ...others] = rewards
      if (!first || !isRefusal(error)) throw error
      if (others.length > 0) {
        for (const reward of rewards) await send([reward], traceId)
        return
      }
      const { event_id: event, decision_id: tipId } = first
      log.error({ event, tipId, status: error.status, traceId }, 'a reward was refused')
    }
  }

  return async (events: FeedbackEvent[]): Promise<void> => {
    const rewards = events.flatMap(rewardOf)
    if (rewards.length > 0) await send(rewards, newTraceId())
  }
}

/** Statuses that say something about the events; others, 401 or 404 among them, may be put right over there. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 409, 413, 422])

const isRefusal = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.failure === 'status' && REFUSALS.has(error.status)

/** None for a tip that was about no task, nor for one whose user has been deleted since: its payload is gone. */
function rewardOf({ id, userId, occurredAt, payload }: FeedbackEvent): RewardEvent[] {
  const { tipId, chosenId, propensity, action, reward, rewardVersion } = payload
  if (!userId || !chosenId || !propensity) return []
  return [
    {
      event_id: id,
      decision_id: tipId,
      user_id: userId,
      chosen_id: chosenId,
      propensity,
      action,
      reward,
      reward_version: rewardVersion,
      occurred_at: toIso(occurredAt),
    },
  ]
}
