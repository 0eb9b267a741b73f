import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../../db/open.ts'
import { sumActs } from '../../db/stats.ts'
import type { DayStats, Stats } from '../../schemas/stats.ts'
import { type Calendar, calendarOf, dateOf } from './calendar.ts'
import { quantile } from './histogram.ts'
import { type Balance, type Ledger, openLedger } from './ledger.ts'
import { quarterOf } from './quarters.ts'
import { difference, type Totals } from './totals.ts'

/** Days read in one go: less than half a millisecond; other requests come in between. */
const SLICE = 5
const WEEK = 7
const MONTH = 30

/**
 * The figures of the last `days` days of a time zone, today included; docs/definitions.md says what each one means.
 *
 * @param now milliseconds since the epoch.
 * @throws {Problem} validation_failed for an unknown time zone.
 */
export async function reportStats(
  db: Database,
  now: number,
  { days, tz }: { days: number; tz: string },
): Promise<Stats> {
  const calendar = calendarOf(tz)
  const today = calendar.dayAt(now)
  const first = today - days + 1
  const lines: Line[] = []
  const ledger = await openLedger(db)
  for (let day = first; day <= today; day += SLICE) {
    const last = Math.min(day + SLICE - 1, today)
    lines.push(...(await readDays(db, ledger, calendar, day, last)))
    await nextTurn()
  }
  return {
    days,
    tz,
    from: dateOf(first),
    to: dateOf(today),
    ...figuresOf(summed(lines)),
    series: lines.map(seriesEntry),
  }
}

/** What is known of a stretch of time; the active users are those of its last day. */
interface Line {
  day: number
  before: Totals
  after: Totals
  acts: number
  active: { dau: number; wau: number; mau: number }
}

async function readDays(
  db: Database,
  ledger: Ledger,
  calendar: Calendar,
  first: number,
  last: number,
): Promise<Line[]> {
  const startOf = (day: number) => quarterOf(calendar.startOf(day))
  const ends: number[] = []
  for (let day = first; day <= last + 1; day++) ends.push(startOf(day))
  const balances = await ledger.balancesAt(ends)
  const acts = await sumActs(db, ends)
  const lines: Line[] = []
  for (let day = first; day <= last; day++) {
    const before = balances[day - first] as Balance
    const after = balances[day - first + 1] as Balance
    lines.push({
      day,
      before: before.totals,
      after: after.totals,
      acts: acts[day - first] as number,
      active: {
        dau: await after.activeSince(startOf(day)),
        wau: await after.activeSince(startOf(day - WEEK + 1)),
        mau: await after.activeSince(startOf(day - MONTH + 1)),
      },
    })
  }
  return lines
}

/** All lines as one; there is at least one. */
function summed(lines: readonly Line[]): Line {
  const first = lines[0] as Line
  const last = lines.at(-1) as Line
  return { ...last, before: first.before, acts: lines.reduce((sum, line) => sum + line.acts, 0) }
}

const seriesEntry = (line: Line): DayStats => ({
  date: dateOf(line.day),
  activeUsers: line.active.dau,
  ...figuresOf(line),
})

function figuresOf({ before, after, acts, active }: Line) {
  const counted = difference(after, before)
  return {
    ...active,
    stickiness: rate(active.dau, active.mau),
    newUsers: counted.newUsers,
    tipsServed: counted.tips,
    actRate: rate(acts, counted.tips),
    fallbackRate: rate(counted.fallbacks, counted.tips),
    latencyP50: quantile(counted.latency, 0.5),
    latencyP95: quantile(counted.latency, 0.95),
    feedback: counted.feedback,
  }
}

/** Four digits; null where there is nothing to divide by. */
const rate = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000
