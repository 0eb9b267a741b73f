import type { TaskRow } from '../../db/tables.ts'
import type { FeedbackAction } from '../../schemas/tips.ts'
import { DAY, SECOND } from '../../src/clock.ts'
import { localTime } from '../../src/features/local-time.ts'
import type { WireFeature } from '../../src/ml/wire.ts'
import { dueDay } from '../../src/tips/due.ts'
import { pastId } from './ids.ts'
import type { Person } from './people.ts'
import { createTaskList, type TaskList } from './tasks.ts'

/** A tip of the past as the person remembers it. */
export interface Told {
  at: number
  taskId: string
  /** The answer that counts; undefined: none. */
  action: FeedbackAction | undefined
}

/** One person's life with oo up to now. */
export interface Life {
  person: Person
  userId: string
  joined: number
  /** When Todoist was connected; undefined: never. */
  connectedAt: number | undefined
  tasks: TaskList
  told: Told[]
  /** When the person was here last. */
  lastActive: number
  /** The latest. */
  session: { id: string; startedAt: number } | undefined
}

export function beginLife(person: Person, joined: number, now: number): Life {
  const { random, connection } = person
  const userId = pastId(random, joined)
  const connectedAt =
    connection === 'never' ? undefined : joined + 20 * SECOND + random.below(90 * SECOND)
  const tasks = createTaskList(person, userId, joined, now)
  return {
    ...{ person, userId, joined, connectedAt, tasks },
    ...{ told: [], lastActive: joined, session: undefined },
  }
}

const WELCOME: (FeedbackAction | undefined)[] = ['done', 'helpful']
export const isWelcome = ({ action }: Told): boolean => WELCOME.includes(action)

/** What the server would have known of the person then (src/features), computed a while before. */
export function profileAt(
  { told, lastActive, person }: Life,
  open: readonly TaskRow[],
  at: number,
): Record<string, WireFeature> {
  const { random, timeZone } = person
  const since = (days: number) => told.filter((tip) => tip.at >= at - days * DAY)
  const [week, month] = [since(7), since(28)]
  const times = (tips: Told[], action: FeedbackAction) =>
    tips.filter((tip) => tip.action === action).length
  const { day: today } = localTime(at, timeZone)
  const ages = open.map(({ added_at }) => (at - (added_at ?? at)) / DAY).sort((a, b) => a - b)
  const median = ages[Math.floor(ages.length / 2)]
  const ageOf = { feedback: random.below(3_600), tasks: random.below(900), session: 0 }
  const fresh = (age_s: number, values: Record<string, number | undefined>) =>
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[name, { value: Math.round(value * 100) / 100, age_s, status: 'fresh' }] as const],
    )
  return Object.fromEntries([
    ...fresh(ageOf.feedback, {
      done_7d: times(week, 'done'),
      done_28d: times(month, 'done'),
      dismissed_7d: times(week, 'dismiss'),
      dismissed_28d: times(month, 'dismiss'),
      snoozed_7d: times(week, 'snooze'),
      snoozed_28d: times(month, 'snooze'),
      tips_28d: month.length,
      act_rate_28d: month.length > 0 ? month.filter(isWelcome).length / month.length : undefined,
    }),
    ...fresh(ageOf.tasks, {
      open_tasks: open.length,
      overdue_tasks: open.filter(({ due }) => (dueDay(due, timeZone) ?? today) < today).length,
      median_age_days: median,
    }),
    ...fresh(ageOf.session, { last_active_days: (at - lastActive) / DAY }),
  ])
}
