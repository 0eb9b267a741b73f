import type { FeedbackAction } from '../../schemas/tips.ts'

/** Stands beside every reward that is stored: a later version never changes what an earlier one said. */
export const REWARD_VERSION = 'r1'

/** What an answer to a tip is worth to the policies. */
export const REWARDS: Readonly<Record<FeedbackAction, number>> = {
  done: 1,
  helpful: 0.7,
  snooze: 0.1,
  viewed: 0,
  not_helpful: -0.3,
  dismiss: -0.5,
}
