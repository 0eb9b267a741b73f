import t from 'tap'
import { binOf, quantile } from '../../../src/stats/histogram.ts'
import { add, addToBin, noTotals } from '../../../src/stats/totals.ts'

function histogramOf(values: readonly number[]): number[] {
  const bins: number[] = []
  for (const value of values) addToBin(bins, binOf(value), 1)
  return bins
}

t.test('a quantile is within 5 % of the exact one, or within a millisecond', (t) => {
  const values = Array.from({ length: 5_000 }, (_, n) => Math.round(1.0022 ** n))
  const sorted = values.toSorted((a, b) => a - b)
  for (const q of [0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1]) {
    const exact = sorted[Math.ceil(q * sorted.length) - 1] as number
    const read = quantile(histogramOf(values), q) as number
    t.ok(Math.abs(read - exact) <= Math.max(1, exact * 0.05), `${q}: ${read} for ${exact}`)
  }
  t.end()
})

t.test('two histograms add up to the histogram of both', (t) => {
  const [some, others] = [
    [3, 40, 41, 900],
    [1, 40, 60_000],
  ]
  const sum = add(
    { ...noTotals(), latency: histogramOf(some) },
    { ...noTotals(), latency: histogramOf(others) },
  )
  t.same(sum.latency, histogramOf([...some, ...others]))
  t.end()
})

t.test('nothing has no quantile, and nonsense has a place', (t) => {
  t.equal(quantile([], 0.5), null)
  t.equal(quantile([0, 0], 0.5), null)
  t.equal(quantile(histogramOf([0]), 0.5), 1)
  t.equal(histogramOf([1e9]).length, histogramOf([1e12]).length)
  t.end()
})
