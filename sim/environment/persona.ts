import { type Static, Type } from '@sinclair/typebox'
import { DAY_PARTS } from '../policies/vector.ts'
import type { Random } from '../random.ts'

/** Where a task belongs. The policies do not see it: part of a taste always stays hidden. */
export const PROJECTS = ['work', 'home', 'errands'] as const

const Taste = Type.Object({ priority: Type.Number(), recurring: Type.Number() })

/**
 * A synthetic user's hidden preferences, in logits: what makes a tip welcome (above 0) or a nuisance (below 0).
 * It travels to ml/serving's `/judge`, hence the schema and the names in snake_case.
 */
export const PersonaSchema = Type.Object({
  kind: Type.String({ maxLength: 40 }),
  /** Liking for tips as such. */
  mood: Type.Number(),
  overdue: Type.Number(),
  due_today: Type.Number(),
  due_soon: Type.Number(),
  priority: Type.Number(),
  age: Type.Number(),
  recurring: Type.Number(),
  /** Per earlier showing in the last 7 days. */
  fatigue: Type.Number(),
  /** Added to `priority` and `recurring` in each part of the day. */
  day: Type.Object({ night: Taste, morning: Taste, afternoon: Taste, evening: Taste }),
  projects: Type.Object({ work: Type.Number(), home: Type.Number(), errands: Type.Number() }),
})

export type Persona = Static<typeof PersonaSchema>

/** The weights in which the kinds of people differ. */
type Leaning = Pick<
  Persona,
  'overdue' | 'due_today' | 'due_soon' | 'priority' | 'age' | 'recurring'
>

const KINDS: Record<string, Leaning> = {
  // Important things first, and no nagging about chores.
  planner: { overdue: 0.3, due_today: 0.6, due_soon: 1, priority: 2.4, age: 0, recurring: -1 },
  // Lives from deadline to deadline.
  firefighter: {
    overdue: 2.2,
    due_today: 1.8,
    due_soon: 0.4,
    priority: 0.4,
    age: -0.4,
    recurring: -0.3,
  },
  // Likes the small and habitual, puts off what is big.
  habitual: { overdue: -0.4, due_today: 0.6, due_soon: 0, priority: -1, age: -0.3, recurring: 2.4 },
  // What is overdue is embarrassing and what is old is dead: only fresh things please.
  avoider: { overdue: -2, due_today: 0.4, due_soon: 0.6, priority: 0.3, age: -1.6, recurring: 0.4 },
}

/** How far people of one kind differ from each other, and hours and projects from one another, in logits. */
const VARIETY = 0.45

/** Draws a synthetic user: one of the kinds, with tastes of their own. */
export function createPersona(random: Random): Persona {
  const kinds = Object.keys(KINDS)
  const kind = kinds[random.below(kinds.length)] ?? 'planner'
  const vary = (mean: number) => mean + VARIETY * random.normal()
  const { overdue, due_today, due_soon, priority, age, recurring } = KINDS[kind] as Leaning
  const taste = () => ({ priority: vary(0), recurring: vary(0) })
  return {
    kind,
    mood: vary(-0.2),
    overdue: vary(overdue),
    due_today: vary(due_today),
    due_soon: vary(due_soon),
    priority: vary(priority),
    age: vary(age),
    recurring: vary(recurring),
    fatigue: Math.min(0, vary(-0.7)),
    day: Object.fromEntries(DAY_PARTS.map((part) => [part, taste()])) as Persona['day'],
    projects: Object.fromEntries(
      PROJECTS.map((project) => [project, vary(0)]),
    ) as Persona['projects'],
  }
}
