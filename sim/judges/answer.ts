import { type Static, Type } from '@sinclair/typebox'
import { type Persona, PROJECTS } from '../environment/persona.ts'
import type { Context } from '../policies/types.ts'
import { dayPart } from '../policies/vector.ts'

/** What each answer is worth (version `r1`), from the least to the most welcome. */
export const REWARDS = {
  dismiss: -0.5,
  not_helpful: -0.3,
  viewed: 0,
  snooze: 0.1,
  helpful: 0.7,
  done: 1,
} as const

export type Action = keyof typeof REWARDS

export const ACTIONS = Object.keys(REWARDS) as Action[]

/** The tip as the person who answers it sees it. */
export const TipSchema = Type.Object({
  project: Type.Union(PROJECTS.map((project) => Type.Literal(project))),
  features: Type.Record(Type.String({ maxLength: 40 }), Type.Number()),
})

export type Tip = Static<typeof TipSchema>

export interface Answer {
  action: Action
  reward: number
}

/** Showings within 7 days after which a person dismisses a tip unread: the rule before the chance. */
const SHOWN_TOO_OFTEN = 4

/** Logits at which one answer gives way to the next better one. */
const THRESHOLDS = [-2.2, -1.3, -0.1, 0.6, 1.4] as const

/** How welcome a tip is to a person at that time, in logits. */
function appeal(persona: Persona, context: Context, { project, features }: Tip): number {
  const read = (name: string) => features[name] ?? 0
  const hours = persona.day[dayPart(context.hour)]
  const urgency = (read('priority') - 1) / 3
  return (
    persona.mood +
    persona.projects[project] +
    persona.overdue * Math.min(1, read('overdue_days') / 7) +
    persona.due_today * read('due_today') +
    persona.due_soon * read('has_due') * Math.exp(-read('due_in_days') / 4) +
    (persona.priority + hours.priority) * urgency +
    (persona.recurring + hours.recurring) * read('is_recurring') +
    persona.age * Math.min(1, Math.log1p(read('age_days')) / 4) +
    persona.fatigue * read('shown_7d')
  )
}

/**
 * Probability that the answer is this one or a less welcome one, in the order of `ACTIONS`: an ordered logit of the
 * appeal. The last is 1.
 */
function cumulative(persona: Persona, context: Context, tip: Tip): number[] {
  if ((tip.features.shown_7d ?? 0) >= SHOWN_TOO_OFTEN) return ACTIONS.map(() => 1)
  const utility = appeal(persona, context, tip)
  return [...THRESHOLDS.map((at) => 1 / (1 + Math.exp(utility - at))), 1]
}

/** What the tip is worth to the person on average: what an oracle would choose by. */
export function expectedReward(persona: Persona, context: Context, tip: Tip): number {
  const limits = cumulative(persona, context, tip)
  return ACTIONS.reduce(
    (sum, action, i) => sum + ((limits[i] ?? 1) - (limits[i - 1] ?? 0)) * REWARDS[action],
    0,
  )
}

/** The person's answer; `random` is uniform in [0, 1). */
export function answerTip(persona: Persona, context: Context, tip: Tip, random: number): Answer {
  const at = cumulative(persona, context, tip).findIndex((limit) => random < limit)
  const action = ACTIONS[at] ?? 'done'
  return { action, reward: REWARDS[action] }
}
