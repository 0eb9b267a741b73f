import type { Database } from '../../db/open.ts'
import {
  countActiveSince,
  firstStatsQuarter,
  openStatsQuarter,
  statsQuarterBefore,
  statsQuartersAt,
} from '../../db/stats.ts'
import type { StatsQuarterRow } from '../../db/tables.ts'
import { horizonOf, WINDOW_QUARTERS } from './recency.ts'
import { noTotals, type Totals } from './totals.ts'

/** What was counted up to a moment that is the beginning of a quarter. */
export interface Balance {
  totals: Totals
  /** Distinct users active in [from, the moment). */
  activeSince(from: number): Promise<number>
}

/** Looks up what was counted by the beginning of each of some quarters. */
export interface Ledger {
  /** @param quarters ascending. */
  balancesAt(quarters: readonly number[]): Promise<Balance[]>
}

export async function openLedger(db: Database): Promise<Ledger> {
  const [first, open] = [await firstStatsQuarter(db), await openStatsQuarter(db)]
  if (first === undefined || open === undefined) {
    return { balancesAt: async (quarters) => quarters.map(() => NOTHING) }
  }
  const horizon = horizonOf(open.quarter)
  // Who was active since this was opened is among them: a moment later is as good a moment.
  const now: Balance = {
    totals: JSON.parse(open.totals),
    activeSince: (from) => countActiveSince(db, Math.max(from, horizon)),
  }

  /** Rows are missing only where nothing happened for a month: the totals stay, nobody was active. */
  async function carriedTo(quarter: number): Promise<Balance> {
    const row = await statsQuarterBefore(db, quarter)
    return row ? { totals: JSON.parse(row.totals), activeSince: async () => 0 } : NOTHING
  }

  return {
    async balancesAt(quarters) {
      const rows = new Map((await statsQuartersAt(db, quarters)).map((row) => [row.quarter, row]))
      const balances: Balance[] = []
      for (const quarter of quarters) {
        const row = rows.get(quarter)
        if (quarter >= open.quarter) balances.push(now)
        else if (quarter <= first) balances.push(NOTHING)
        else balances.push(row ? closedBalance(row) : await carriedTo(quarter))
      }
      return balances
    },
  }
}

const NOTHING: Balance = { totals: noTotals(), activeSince: async () => 0 }

function closedBalance(row: StatsQuarterRow): Balance {
  const windows: number[] = JSON.parse(row.active)
  return {
    totals: JSON.parse(row.totals),
    activeSince: async (from) => windows[nearestWindow(row.quarter - from)] ?? 0,
  }
}

/** The exact window for every time zone of today; the nearest one should a zone ever do something unheard of. */
function nearestWindow(length: number): number {
  let best = 0
  WINDOW_QUARTERS.forEach((quarters, index) => {
    if (Math.abs(quarters - length) < Math.abs((WINDOW_QUARTERS[best] as number) - length)) {
      best = index
    }
  })
  return best
}
