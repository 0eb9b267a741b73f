import {
  countFeedback,
  countOpenTasks,
  findLastActive,
  findMedianAdded,
  findTimeZone,
  listTipOutcomes,
} from '../../db/features.ts'
import type { DbOrTrx } from '../../db/open.ts'
import { DAY, toIso } from '../clock.ts'
import type { FeatureSource } from './catalogue.ts'
import { hourReader, localTime } from './local-time.ts'

/** Values by name; null where there is nothing to compute one from. */
export type FeatureValues = Record<string, number | null>

type Compute = (db: DbOrTrx, userId: string, now: number) => Promise<FeatureValues>

/** The answers by which a user acted on a tip. */
const ACTS = ['done', 'helpful']
const LONG = 28 * DAY
const SHORT = 7 * DAY
const TOP_PROJECTS = 10

/** Computes the features of a source from the database, in queries bounded by index. */
export const computers: Record<FeatureSource, Compute> = {
  tip_feedback: async (db, userId, now) => ({
    ...(await answerCounts(db, userId, now)),
    ...(await actRates(db, userId, now)),
  }),
  tasks: taskCounts,
  sessions: async (db, userId, now) => {
    const at = await findLastActive(db, userId)
    return { last_active_days: at === undefined ? null : inDays(now - at) }
  },
}

async function answerCounts(db: DbOrTrx, userId: string, now: number): Promise<FeatureValues> {
  const rows = await countFeedback(db, userId, now - LONG, now - SHORT)
  const values: FeatureValues = {}
  for (const [name, action] of [
    ['done', 'done'],
    ['dismissed', 'dismiss'],
    ['snoozed', 'snooze'],
  ] as const) {
    const row = rows.find((candidate) => candidate.action === action)
    values[`${name}_7d`] = row?.recent ?? 0
    values[`${name}_28d`] = row?.all ?? 0
  }
  return values
}

async function actRates(db: DbOrTrx, userId: string, now: number): Promise<FeatureValues> {
  const tips = await listTipOutcomes(db, userId, now - LONG, ACTS)
  const hourOf = hourReader((await findTimeZone(db, userId)) ?? 'UTC')
  const all = new Rate()
  const hours = new Map<string, Rate>()
  const projects = new Map<string, Rate>()
  for (const { servedAt, project, acted } of tips) {
    const happened = Boolean(acted)
    all.count(happened)
    rateIn(hours, String(hourOf(servedAt)).padStart(2, '0')).count(happened)
    if (project !== null) rateIn(projects, project).count(happened)
  }
  const top = [...projects].sort(([, a], [, b]) => b.tips - a.tips).slice(0, TOP_PROJECTS)
  return {
    tips_28d: all.tips,
    act_rate_28d: all.value,
    ...ratesOf('act_rate_hour:', hours),
    ...ratesOf('act_rate_project:', top),
  }
}

class Rate {
  tips = 0
  acts = 0

  count(acted: boolean): void {
    this.tips += 1
    if (acted) this.acts += 1
  }

  /** 0 to 1; null for no tips. */
  get value(): number | null {
    return this.tips === 0 ? null : round(this.acts / this.tips, 4)
  }
}

function rateIn(rates: Map<string, Rate>, key: string): Rate {
  const rate = rates.get(key) ?? new Rate()
  rates.set(key, rate)
  return rate
}

const ratesOf = (family: string, rates: Iterable<[string, Rate]>): FeatureValues =>
  Object.fromEntries(Array.from(rates, ([key, rate]) => [family + key, rate.value]))

async function taskCounts(db: DbOrTrx, userId: string, now: number): Promise<FeatureValues> {
  const { day, dayStart } = localTime(now, (await findTimeZone(db, userId)) ?? 'UTC')
  const { open, overdue, dated } = await countOpenTasks(db, userId, day, toIso(dayStart))
  const middle = dated > 0 ? await findMedianAdded(db, userId, dated) : []
  const added = middle.reduce((sum, at) => sum + at, 0) / middle.length
  return {
    open_tasks: open,
    // The sum over no rows is null.
    overdue_tasks: overdue ?? 0,
    median_age_days: middle.length > 0 ? inDays(now - added) : null,
  }
}

const inDays = (ms: number): number => round(Math.max(0, ms) / DAY, 2)

function round(value: number, digits: number): number {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}
