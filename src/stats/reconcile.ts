import { setImmediate as nextTurn } from 'node:timers/promises'
import { eventLogBounds } from '../../db/events.ts'
import type { Database, Trx } from '../../db/open.ts'
import { findOutboxCursor } from '../../db/outbox.ts'
import {
  eventsWithin,
  hasEventsBehind,
  openStatsQuarter,
  putStatsQuarters,
  type Stretch,
  statsQuartersAt,
} from '../../db/stats.ts'
import type { StatsQuarterRow } from '../../db/tables.ts'
import type { OoEvent } from '../events/bus.ts'
import { storedEvent } from '../events/outbox.ts'
import type { Log } from '../log.ts'
import { type ActiveDays, createActiveDays, LONGEST_DAYS } from './active-days.ts'
import { addToQuarters } from './book.ts'
import { countEvent, isActivity } from './count.ts'
import { CONSUMER } from './fold.ts'
import { DAY_QUARTERS, QUARTER_MS } from './quarters.ts'
import { WINDOW_QUARTERS } from './recency.ts'
import { ACTIONS, difference, noTotals, type Totals } from './totals.ts'

/** Today so far, and the two days (UTC) before. */
const DAYS_BACK = 2
/** Events read at once. */
const PAGE = 200
/** Days of a window of active users, and where a row has their number. */
const WINDOWS = [1, 7, LONGEST_DAYS].map((days) => ({
  days,
  index: WINDOW_QUARTERS.indexOf(days * DAY_QUARTERS),
}))

/**
 * Counts the last days anew from the event log, a quarter in each transaction, and corrects and logs what differs: the
 * totals of every quarter, and the users active on every whole day, in the week and in the month up to it. For those the
 * log of a month is read.
 *
 * @returns how many corrections were made.
 */
export async function reconcile(db: Database, log: Log, signal?: AbortSignal): Promise<number> {
  const open = await openStatsQuarter(db)
  if (!open) return 0
  const current = open.quarter - 1
  const today = current - (current % DAY_QUARTERS)
  const from = today - DAYS_BACK * DAY_QUARTERS
  const first = from - (LONGEST_DAYS - 1) * DAY_QUARTERS
  const active = createActiveDays(first)
  for (let quarter = first; quarter < from && !signal?.aborted; quarter++) {
    await readTally(db, quarter, active)
  }
  let corrections = 0
  for (let quarter = from; quarter < current; quarter++) {
    if (signal?.aborted) break
    const found = await checkQuarter(db, quarter, active)
    if (!found) break
    for (const figure of found) {
      log.warn({ figure, at: new Date(quarter * QUARTER_MS).toISOString() }, 'figure corrected')
    }
    corrections += found.length
    await nextTurn()
  }
  return corrections
}

/**
 * The events are read in pages, which holds up nobody; what they say is compared and corrected in a transaction, unless
 * an event has come into the quarter meanwhile.
 *
 * @returns what was corrected; undefined while events are still to be counted: then nothing can be said.
 */
async function checkQuarter(
  db: Database,
  quarter: number,
  active: ActiveDays,
): Promise<string[] | undefined> {
  const { last } = await eventLogBounds(db)
  if ((await findOutboxCursor(db, CONSUMER)) < last) return undefined
  const tally = await readTally(db, quarter, active)
  return db.transaction().execute(async (trx) => {
    const isOutOfDate = await hasEventsBehind(trx, stretchOf(quarter), last)
    return isOutOfDate ? [] : correct(trx, quarter, tally, active)
  })
}

const stretchOf = (quarter: number): Stretch => ({
  from: quarter * QUARTER_MS,
  to: (quarter + 1) * QUARTER_MS,
})

/** What the log says of a quarter. */
interface Tally {
  totals: Totals
  /** Tips and answers of people who have left since, of which nothing more is known. */
  unknown: { tips: number; answers: number }
}

async function readTally(db: Database, quarter: number, active: ActiveDays): Promise<Tally> {
  const tally: Tally = { totals: noTotals(), unknown: { tips: 0, answers: 0 } }
  let after: { at: number; seq: number } | undefined
  do {
    const events = (await eventsWithin(db, stretchOf(quarter), after, PAGE)).map(storedEvent)
    for (const event of events) {
      countEvent(tally.totals, event)
      if (lacks(event, 'signals.tip.served', 'latencyMs')) tally.unknown.tips++
      if (lacks(event, 'signals.tip.feedback', 'action')) tally.unknown.answers++
      if (isActivity(event) && event.userId !== null) active.note(event.userId, quarter)
    }
    const last = events[PAGE - 1]
    after = last && { at: last.occurredAt, seq: last.seq }
    await nextTurn()
  } while (after)
  return tally
}

/** Whether it is an event of a type whose payload has lost a field. */
const lacks = (event: OoEvent, type: OoEvent['type'], field: string): boolean =>
  event.type === type && !(field in event.payload)

async function correct(
  trx: Trx,
  quarter: number,
  tally: Tally,
  active: ActiveDays,
): Promise<string[]> {
  const rows = await statsQuartersAt(trx, [quarter, quarter + 1])
  const before = rows.find((row) => row.quarter === quarter)
  const after = rows.find((row) => row.quarter === quarter + 1)
  // Before the first event and in a long silence there are no rows.
  if (!before || !after) return []
  const corrected: string[] = []
  const booked = difference(JSON.parse(after.totals), JSON.parse(before.totals))
  const missing = difference(nearestPossible(booked, tally), booked)
  if (!isNothing(missing)) {
    await addToQuarters(trx, quarter, Number.MAX_SAFE_INTEGER, missing)
    corrected.push('totals')
  }
  const endsDay = (quarter + 1) % DAY_QUARTERS === 0
  if (endsDay && (await correctActive(trx, quarter + 1, active))) corrected.push('active')
  return corrected
}

async function correctActive(trx: Trx, end: number, active: ActiveDays): Promise<boolean> {
  const [row] = (await statsQuartersAt(trx, [end])) as [StatsQuarterRow]
  const booked: number[] = JSON.parse(row.active)
  const windows = [...booked]
  for (const { days, index } of WINDOWS) windows[index] = active.count(end, days)
  if (windows.every((users, index) => users === booked[index])) return false
  await putStatsQuarters(trx, [{ ...row, active: JSON.stringify(windows) }])
  return true
}

/**
 * What was booked, moved into what the log allows. What the tips and answers of people who have left since were like is
 * not in the log any more: those figures may be higher by as many as there are such events.
 */
function nearestPossible(booked: Totals, { totals: logged, unknown }: Tally): Totals {
  const within = (value: number, low: number, more: number) =>
    Math.min(Math.max(value, low), low + more)
  const bins = Math.max(booked.latency.length, logged.latency.length)
  return {
    newUsers: logged.newUsers,
    tips: logged.tips,
    fallbacks: within(booked.fallbacks, logged.fallbacks, unknown.tips),
    feedback: Object.fromEntries(
      ACTIONS.map((action) => [
        action,
        within(booked.feedback[action], logged.feedback[action], unknown.answers),
      ]),
    ) as Totals['feedback'],
    latency: Array.from({ length: bins }, (_, bin) =>
      within(booked.latency[bin] ?? 0, logged.latency[bin] ?? 0, unknown.tips),
    ),
  }
}

const isNothing = ({ newUsers, tips, fallbacks, feedback, latency }: Totals): boolean =>
  [newUsers, tips, fallbacks, ...Object.values(feedback), ...latency].every((n) => n === 0)
