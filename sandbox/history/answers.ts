import type { TipFeedbackRow } from '../../db/tables.ts'
import type { FeedbackAction } from '../../schemas/tips.ts'
import { answerTip } from '../../sim/judges/answer.ts'
import { MINUTE, SECOND, toIso } from '../../src/clock.ts'
import { REWARD_VERSION, REWARDS } from '../../src/tips/rewards.ts'
import type { Mind } from '../ml-serving/mind.ts'
import type { Decided } from './decide.ts'
import { pastId } from './ids.ts'
import type { Life } from './life.ts'

const UNSEEN = 0.08

/**
 * What the person makes of a tip, as their persona would: most are seen, many answered. ml/serving learns it, and a task
 * that was done is done.
 *
 * @param now what would come later has not come yet
 */
export function answerPast(
  life: Life,
  mind: Mind,
  { tip, chosen }: Decided,
  now: number,
): TipFeedbackRow[] {
  const { person, userId, tasks, told } = life
  const { random, persona } = person
  if (random.next() < UNSEEN) return []
  const actions: FeedbackAction[] = ['viewed']
  if (chosen) {
    const context = JSON.parse(tip.context)
    const project = tasks.projectOf(chosen.id)
    const { action } = answerTip(persona, context, { project, ...chosen }, random.next())
    if (action !== 'viewed') actions.push(action)
  }
  const answers: TipFeedbackRow[] = []
  let at = tip.created_at + 5 * SECOND
  for (const action of actions) {
    at += random.below(action === 'done' ? 45 * MINUTE : MINUTE)
    if (at > now) break
    answers.push({
      id: pastId(random, at),
      tip_id: tip.id,
      user_id: userId,
      action,
      reward: REWARDS[action],
      reward_version: REWARD_VERSION,
      created_at: at,
    })
    if (chosen && action === 'done') tasks.complete(chosen.id, at)
  }
  const last = answers.at(-1)
  if (chosen) {
    const action = last?.action as FeedbackAction | undefined
    told.push({ at: tip.created_at, taskId: chosen.id, action })
    mind.learner.receive(answers.map((answer) => rewardEvent(answer, chosen.id, tip.propensity)))
  }
  return answers
}

const rewardEvent = (answer: TipFeedbackRow, chosenId: string, propensity: number | null) => ({
  event_id: answer.id,
  decision_id: answer.tip_id,
  user_id: answer.user_id,
  chosen_id: chosenId,
  propensity: propensity ?? 0,
  action: answer.action,
  reward: answer.reward,
  reward_version: answer.reward_version,
  occurred_at: toIso(answer.created_at),
})
