import type { Trx } from '../../db/open.ts'
import {
  dropRecencyBefore,
  openStatsQuarter,
  putRecency,
  putStatsQuarters,
  putStatsUsers,
  recencyFrom,
  statsQuartersBetween,
  statsUsers,
} from '../../db/stats.ts'
import type { StatsQuarterRow } from '../../db/tables.ts'
import { createRecency, horizonOf } from './recency.ts'
import { add, noTotals, type Totals } from './totals.ts'

/** Quarters that are closed in one transaction however late it is, so that it comes forward. */
const MIN_CLOSED = 10

/** The figures while a batch of events is entered; `close` writes what changed. */
export interface Book {
  /** Makes sure that users may be noted as active. */
  meet(userIds: readonly string[]): Promise<void>
  /**
   * Closes quarters until this one is open or past: after a long silence there are many.
   *
   * @param isLate whether the transaction has taken long enough.
   * @returns false when that takes another transaction.
   */
  reach(quarter: number, isLate: () => boolean): boolean
  /** What is added to a quarter: mostly the open one, after a clock was set back an earlier one. */
  totalsOf(quarter: number): Totals
  noteActive(userId: string, quarter: number): void
  close(): Promise<void>
}

/** @param start the quarter to begin with when nothing was ever counted. */
export async function openBook(trx: Trx, start: number): Promise<Book> {
  const row = await openStatsQuarter(trx)
  let end = row?.quarter ?? start + 1
  const running: Totals = row ? JSON.parse(row.totals) : noTotals()
  const recency = createRecency(end, await recencyFrom(trx, horizonOf(end)))
  const met = new Set<string>()
  const lastActive = new Map<string, number>()
  const seen = new Set<string>()
  const late = new Map<number, Totals>()
  const closed: StatsQuarterRow[] = []
  // Before the first event there is nothing: the row says so to whoever looks up the quarter's beginning.
  if (!row) closed.push(quarterRow(end - 1, noTotals(), []))

  return {
    async meet(userIds) {
      const strangers = [...new Set(userIds)].filter((userId) => !met.has(userId))
      for (const { user_id, quarter } of await statsUsers(trx, strangers)) {
        lastActive.set(user_id, quarter)
      }
      for (const userId of strangers) met.add(userId)
    },

    reach(quarter, isLate) {
      while (end <= quarter) {
        if (closed.length >= MIN_CLOSED && isLate()) return false
        closed.push(quarterRow(end, running, recency.windows()))
        // After a month of silence every further quarter would say the same: nothing.
        if (recency.isIdle()) {
          end = quarter + 1
          recency.jump(end)
        } else {
          end++
          recency.advance()
        }
      }
      return true
    },

    totalsOf(quarter) {
      if (quarter >= end - 1) return running
      const totals = late.get(quarter) ?? noTotals()
      late.set(quarter, totals)
      return totals
    },

    noteActive(userId, quarter) {
      const previous = lastActive.get(userId)
      if (previous !== undefined && previous >= quarter) return
      recency.move(previous, quarter)
      lastActive.set(userId, quarter)
      seen.add(userId)
    },

    async close() {
      for (const totals of late.values()) add(running, totals)
      await putStatsQuarters(trx, [...closed, quarterRow(end, running, [])])
      for (const [quarter, totals] of late) await addToQuarters(trx, quarter, end - 1, totals)
      await putRecency(trx, recency.changes())
      if (closed.length > 0) await dropRecencyBefore(trx, horizonOf(end))
      await putStatsUsers(
        trx,
        [...seen].map((userId) => ({ user_id: userId, quarter: lastActive.get(userId) as number })),
      )
    },
  }
}

/** Adds what happened in a quarter to the running totals of every later moment up to `upTo`. */
export async function addToQuarters(
  trx: Trx,
  quarter: number,
  upTo: number,
  totals: Totals,
  sign: 1 | -1 = 1,
): Promise<void> {
  const rows = await statsQuartersBetween(trx, quarter, upTo)
  await putStatsQuarters(
    trx,
    rows.map((row) => ({
      ...row,
      totals: JSON.stringify(add(JSON.parse(row.totals), totals, sign)),
    })),
  )
}

const quarterRow = (quarter: number, totals: Totals, active: number[]): StatsQuarterRow => ({
  quarter,
  totals: JSON.stringify(totals),
  active: JSON.stringify(active),
})
