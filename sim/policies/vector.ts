import type { Vector } from './linalg.ts'
import type { CandidateFeatures, Context } from './types.ts'

/** The parts of a day in which people's appetite for a task differs. */
export const DAY_PARTS = ['night', 'morning', 'afternoon', 'evening'] as const

export type DayPart = (typeof DAY_PARTS)[number]

/** Night is 22–5, morning 5–12, afternoon 12–17, evening 17–22 o'clock. */
export function dayPart(hour: number): DayPart {
  if (hour < 5 || hour >= 22) return 'night'
  if (hour < 12) return 'morning'
  return hour < 17 ? 'afternoon' : 'evening'
}

/** Maps [0, ∞) onto [0, 1), half way at `half`: later days count less than the first ones. */
function saturate(value: number, half: number): number {
  return value / (value + half)
}

/** What a candidate is like, every entry in [0, 1]; `due_in_days` is turned round so that nearer counts more. */
function traits(features: CandidateFeatures): number[] {
  const read = (name: string) => Math.max(0, features[name] ?? 0)
  return [
    saturate(read('overdue_days'), 3),
    read('due_today'),
    read('has_due') * (1 - saturate(read('due_in_days'), 4)),
    Math.max(0, Math.min(3, read('priority') - 1)) / 3,
    saturate(read('age_days'), 14),
    saturate(read('shown_7d'), 1.5),
    read('is_recurring'),
  ]
}

/** Traits whose appeal depends on the time of day: priority and recurrence, by position in `traits`. */
const BY_TIME = [3, 6] as const

const TRAIT_COUNT = 7

/** Length of the vector: a constant, the traits, and each of `BY_TIME` within each part of the day. */
export const DIMENSION = 1 + TRAIT_COUNT + BY_TIME.length * DAY_PARTS.length

/**
 * A candidate in its context as the vector that linear policies learn on.
 *
 * A missing feature counts as 0, so that a caller with fewer of them is scored and not refused.
 */
export function vectorOf(context: Context, features: CandidateFeatures): Vector {
  const x = new Float64Array(DIMENSION)
  const values = traits(features)
  x[0] = 1
  x.set(values, 1)
  const part = DAY_PARTS.indexOf(dayPart(context.hour))
  BY_TIME.forEach((trait, i) => {
    x[1 + TRAIT_COUNT + i * DAY_PARTS.length + part] = values[trait] ?? 0
  })
  return x
}
