import { setImmediate as nextTurn } from 'node:timers/promises'
import { eventLogBounds } from '../../db/events.ts'
import type { Database, Trx } from '../../db/open.ts'
import { findOutboxCursor } from '../../db/outbox.ts'
import {
  eventsWithin,
  openStatsQuarter,
  putStatsQuarters,
  statsQuartersAt,
} from '../../db/stats.ts'
import type { StatsQuarterRow } from '../../db/tables.ts'
import type { OoEvent } from '../events/bus.ts'
import { storedEvent } from '../events/outbox.ts'
import type { Log } from '../log.ts'
import { addToQuarters } from './book.ts'
import { countEvent, isActivity } from './count.ts'
import { CONSUMER } from './fold.ts'
import { DAY_QUARTERS, QUARTER_MS } from './quarters.ts'
import { WINDOW_QUARTERS } from './recency.ts'
import { ACTIONS, difference, noTotals, type Totals } from './totals.ts'

/** Today so far, and the two days (UTC) before. */
const DAYS_BACK = 2
const ONE_DAY = WINDOW_QUARTERS.indexOf(DAY_QUARTERS)

/**
 * Counts the last days anew from the event log, a quarter in each transaction, and corrects and logs what differs: the
 * totals of every quarter, and the active users of every whole day.
 *
 * @returns how many corrections were made.
 */
export async function reconcile(db: Database, log: Log, signal?: AbortSignal): Promise<number> {
  const open = await openStatsQuarter(db)
  if (!open) return 0
  const current = open.quarter - 1
  const today = current - (current % DAY_QUARTERS)
  const active = new Set<string>()
  let corrections = 0
  for (let quarter = today - DAYS_BACK * DAY_QUARTERS; quarter < current; quarter++) {
    if (signal?.aborted) break
    if (quarter % DAY_QUARTERS === 0) active.clear()
    const found = await db.transaction().execute((trx) => checkQuarter(trx, quarter, active))
    if (!found) break
    for (const figure of found) {
      log.warn({ figure, at: new Date(quarter * QUARTER_MS).toISOString() }, 'figure corrected')
    }
    corrections += found.length
    await nextTurn()
  }
  return corrections
}

/** @returns what was corrected; undefined while events are still to be counted: then nothing can be said. */
async function checkQuarter(
  trx: Trx,
  quarter: number,
  active: Set<string>,
): Promise<string[] | undefined> {
  const { last } = await eventLogBounds(trx)
  if ((await findOutboxCursor(trx, CONSUMER)) < last) return undefined
  const at = quarter * QUARTER_MS
  const events = (await eventsWithin(trx, at, at + QUARTER_MS)).map(storedEvent)
  for (const { userId } of events.filter(isActivity)) if (userId !== null) active.add(userId)

  const rows = await statsQuartersAt(trx, [quarter, quarter + 1])
  const before = rows.find((row) => row.quarter === quarter)
  const after = rows.find((row) => row.quarter === quarter + 1)
  // Before the first event and in a long silence there are no rows.
  if (!before || !after) return []
  const corrected: string[] = []
  const booked = difference(JSON.parse(after.totals), JSON.parse(before.totals))
  const missing = difference(nearestPossible(booked, events), booked)
  if (!isNothing(missing)) {
    await addToQuarters(trx, quarter, Number.MAX_SAFE_INTEGER, missing)
    corrected.push('totals')
  }
  const endsDay = (quarter + 1) % DAY_QUARTERS === 0
  if (endsDay && (await correctActive(trx, quarter + 1, active.size))) corrected.push('active')
  return corrected
}

async function correctActive(trx: Trx, end: number, users: number): Promise<boolean> {
  const [row] = (await statsQuartersAt(trx, [end])) as [StatsQuarterRow]
  const windows: number[] = JSON.parse(row.active)
  if (windows[ONE_DAY] === users) return false
  windows[ONE_DAY] = users
  await putStatsQuarters(trx, [{ ...row, active: JSON.stringify(windows) }])
  return true
}

/**
 * What was booked, moved into what the log allows. What the tips and answers of people who have left since were like is
 * not in the log any more: those figures may be higher by as many as there are such events.
 */
function nearestPossible(booked: Totals, events: readonly OoEvent[]): Totals {
  const logged = noTotals()
  for (const event of events) countEvent(logged, event)
  const tips = count(events, 'signals.tip.served', 'latencyMs')
  const answers = count(events, 'signals.tip.feedback', 'action')
  const within = (value: number, low: number, unknown: number) =>
    Math.min(Math.max(value, low), low + unknown)
  const bins = Math.max(booked.latency.length, logged.latency.length)
  return {
    newUsers: logged.newUsers,
    tips: logged.tips,
    fallbacks: within(booked.fallbacks, logged.fallbacks, tips),
    feedback: Object.fromEntries(
      ACTIONS.map((action) => [
        action,
        within(booked.feedback[action], logged.feedback[action], answers),
      ]),
    ) as Totals['feedback'],
    latency: Array.from({ length: bins }, (_, bin) =>
      within(booked.latency[bin] ?? 0, logged.latency[bin] ?? 0, tips),
    ),
  }
}

/** Events of a type whose payload has lost a field. */
const count = (events: readonly OoEvent[], type: OoEvent['type'], field: string): number =>
  events.filter((event) => event.type === type && !(field in event.payload)).length

const isNothing = ({ newUsers, tips, fallbacks, feedback, latency }: Totals): boolean =>
  [newUsers, tips, fallbacks, ...Object.values(feedback), ...latency].every((n) => n === 0)
