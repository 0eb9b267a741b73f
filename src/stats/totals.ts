export const ACTIONS = ['viewed', 'done', 'helpful', 'snooze', 'not_helpful', 'dismiss'] as const
export type Action = (typeof ACTIONS)[number]
/** The answers that count as acting on a tip. */
export const ACTS: readonly string[] = ['done', 'helpful'] satisfies Action[]

/** What can be counted and added up: of a stretch of time, or running since the beginning. */
export interface Totals {
  newUsers: number
  tips: number
  /** Tips that the rules chose, because ml/serving was late, down or wrong. */
  fallbacks: number
  feedback: Record<Action, number>
  /** Histogram of the time that making a tip took; see histogram.ts. */
  latency: number[]
}

export const noTotals = (): Totals => ({
  newUsers: 0,
  tips: 0,
  fallbacks: 0,
  feedback: { viewed: 0, done: 0, helpful: 0, snooze: 0, not_helpful: 0, dismiss: 0 },
  latency: [],
})

/** Adds `sign` times `more` to `totals`, in place. */
export function add(totals: Totals, more: Totals, sign: 1 | -1 = 1): Totals {
  totals.newUsers += sign * more.newUsers
  totals.tips += sign * more.tips
  totals.fallbacks += sign * more.fallbacks
  for (const action of ACTIONS) totals.feedback[action] += sign * more.feedback[action]
  more.latency.forEach((count, bin) => {
    addToBin(totals.latency, bin, sign * count)
  })
  return totals
}

export const difference = (later: Totals, earlier: Totals): Totals =>
  add(add(noTotals(), later), earlier, -1)

export function addToBin(bins: number[], bin: number, count: number): void {
  // No holes: they would be nulls in JSON.
  while (bins.length <= bin) bins.push(0)
  bins[bin] = (bins[bin] ?? 0) + count
}
