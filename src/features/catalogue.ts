import { HOUR, MINUTE } from '../clock.ts'

/** What a feature is computed from. Features of one source are computed together, and so are of one age. */
export type FeatureSource = 'tip_feedback' | 'tasks' | 'sessions'

export interface FeatureDefinition {
  /** A family's name ends in a colon: its members are `name` + hour, or `name` + project. */
  name: string
  source: FeatureSource
  description: string
}

/** How long a computed feature counts as fresh, in seconds. The invalidating signals end it sooner. */
export const ttlSeconds: Record<FeatureSource, number> = {
  tip_feedback: HOUR / 1_000,
  // A task becomes overdue at midnight without any sync.
  tasks: (15 * MINUTE) / 1_000,
  sessions: (5 * MINUTE) / 1_000,
}

const define = (source: FeatureSource, entries: Record<string, string>): FeatureDefinition[] =>
  Object.entries(entries).map(([name, description]) => ({ name, source, description }))

/** Features that every user has. Rates and medians are null while there is nothing to compute them from. */
export const features: readonly FeatureDefinition[] = [
  ...define('tip_feedback', {
    done_7d: 'Tips answered `done` in the last 7 days',
    done_28d: 'Tips answered `done` in the last 28 days',
    dismissed_7d: 'Tips answered `dismiss` in the last 7 days',
    dismissed_28d: 'Tips answered `dismiss` in the last 28 days',
    snoozed_7d: 'Tips answered `snooze` in the last 7 days',
    snoozed_28d: 'Tips answered `snooze` in the last 28 days',
    tips_28d: 'Tips about a task served in the last 28 days',
    act_rate_28d: 'Share of those tips answered `done` or `helpful`, 0 to 1',
  }),
  ...define('tasks', {
    open_tasks: 'Open tasks',
    overdue_tasks: 'Open tasks due before today, in the user’s time zone',
    median_age_days: 'Median age of the open tasks, in days',
  }),
  ...define('sessions', {
    last_active_days: 'Days since the user was last active',
  }),
]

/** Features of which a user has as many as there are hours and projects with tips. */
export const families: readonly FeatureDefinition[] = define('tip_feedback', {
  'act_rate_hour:':
    'Act rate of the tips of an hour of the day (00–23, the user’s time zone), 28 days',
  'act_rate_project:': 'Act rate of the tips of a project, 28 days, the 10 projects with most tips',
})

const definitions = new Map(features.map((feature) => [feature.name, feature]))

/** The definition of a feature or of the family it belongs to; undefined for one that is no longer computed. */
export function definitionOf(name: string): FeatureDefinition | undefined {
  return definitions.get(name) ?? families.find((family) => name.startsWith(family.name))
}
