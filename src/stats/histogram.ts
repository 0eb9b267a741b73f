/**
 * Latencies as counts in bins that grow by 8 %: two histograms add up to the histogram of both, and a quantile read from
 * the middle of its bin is wrong by at most 4 %. Bin 0 holds what takes up to 1 ms; the last one everything above 90 s.
 */
const GROWTH = Math.log(1.08)
const LAST_BIN = Math.ceil(Math.log(90_000) / GROWTH)

export const binOf = (ms: number): number =>
  ms <= 1 ? 0 : Math.min(LAST_BIN, Math.ceil(Math.log(ms) / GROWTH))

/** @param q from 0 to 1. @returns whole milliseconds; null for an empty histogram. */
export function quantile(bins: readonly number[], q: number): number | null {
  const total = bins.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(q * total))
  let seen = 0
  const bin = bins.findIndex((count) => {
    seen += count
    return seen >= rank
  })
  return bin === 0 ? 1 : Math.round(Math.exp((bin - 0.5) * GROWTH))
}
