import {
  listTasksByPriority,
  listTasksDueBefore,
  listTasksTippedSince,
} from '../../db/candidates.ts'
import { findTimeZone } from '../../db/features.ts'
import type { DbOrTrx } from '../../db/open.ts'
import type { TaskSnapshot } from '../../schemas/tips.ts'
import { type Clock, DAY } from '../clock.ts'
import { localTime } from '../features/local-time.ts'
import type { WireContext } from '../ml/wire.ts'
import { scoreByRules } from '../policies/rules.ts'
import { type CandidateFeatures, featuresOf, type OpenTask } from './candidate-features.ts'
import { addDays } from './due.ts'

export interface Candidate {
  id: string
  task: TaskSnapshot
  features: CandidateFeatures
  /** Tipped within the last seven days, and that was not called helpful: ranks after every other. */
  lately: boolean
}

export interface Choice {
  context: WireContext
  /** At most 50, best first by the rules. */
  candidates: Candidate[]
}

/** ml/serving takes no more. */
export const MAX_CANDIDATES = 50
const LATELY_MS = 7 * DAY
/** Tips of the last seven days that are looked at; who asks more often than this sees some tasks again sooner. */
const MAX_TIPPED = 300

/**
 * What a tip can be about, and where the user is in their day. The work is bounded whatever the size of the task list:
 * first the tasks that are due, then, as far as there is room, the most urgent of all.
 */
export async function findChoice(db: DbOrTrx, clock: Clock, userId: string): Promise<Choice> {
  const now = clock()
  const timeZone = (await findTimeZone(db, userId)) ?? 'UTC'
  const { day: today, hour, dow } = localTime(now, timeZone)
  const tipped = await countTipped(db, userId, now - LATELY_MS)
  const tasks = await findTasks(db, userId, today, MAX_CANDIDATES + tipped.size)
  const candidates = tasks.map((task) => {
    const shown = tipped.get(task.id)
    return {
      id: task.id,
      task: snapshot(task),
      features: featuresOf(task, { now, today, timeZone, shown7d: shown?.count ?? 0 }),
      lately: shown !== undefined && !shown.welcome,
    }
  })
  return { context: { hour, dow }, candidates: bestFirst(candidates).slice(0, MAX_CANDIDATES) }
}

/** How often each task was tipped since then, and whether the last of these tips was welcome. */
async function countTipped(db: DbOrTrx, userId: string, since: number) {
  const tipped = await listTasksTippedSince(db, userId, since, MAX_TIPPED)
  return new Map(
    tipped.map(({ taskId, count, welcome }) => [taskId, { count, welcome: Boolean(welcome) }]),
  )
}

/**
 * The tasks among which the best are sure to be. Every query leaves room for those that will rank last. Who has few tasks
 * open, as most have, is asked about once.
 *
 * A UTC due time can lie a day off the user's calendar, hence a day of margin.
 */
async function findTasks(db: DbOrTrx, userId: string, today: string, room: number) {
  const urgent = await listTasksByPriority(db, userId, 2 * room)
  if (urgent.length < 2 * room) return urgent
  const due = await listTasksDueBefore(db, userId, addDays(today, 2), room)
  if (due.length === room) return due
  const known = new Set(due.map(({ id }) => id))
  return [...due, ...urgent.filter(({ id }) => !known.has(id))]
}

function bestFirst(candidates: readonly Candidate[]): Candidate[] {
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]))
  return scoreByRules(candidates).map(({ id }) => byId.get(id) as Candidate)
}

const snapshot = ({ id, content, due, priority, url }: OpenTask): TaskSnapshot => ({
  id,
  content,
  due,
  priority,
  url,
})
