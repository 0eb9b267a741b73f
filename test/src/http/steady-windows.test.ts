import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { SteadyWindows } from '../../../src/http/steady-windows.ts'

const WINDOW_MS = 300

function count(windows: SteadyWindows, caller: string): { current: number; ttl: number } {
  const counted: { current: number; ttl: number }[] = []
  windows.incr(caller, (_error, result) => counted.push(result), WINDOW_MS)
  return counted[0] ?? { current: 0, ttl: 0 }
}

t.test('a window ends when its time is over, although the calendar was set back', async (t) => {
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  const windows = new SteadyWindows()
  t.equal(count(windows, 'ada').current, 1)
  Date.now = () => now() - 86_400_000
  const { current, ttl } = count(windows, 'ada')
  t.equal(current, 2)
  t.ok(ttl > 0 && ttl <= WINDOW_MS, `${ttl} ms to go`)
  await sleep(WINDOW_MS + 5)
  t.equal(count(windows, 'ada').current, 1)
})

t.test('callers and budgets are counted apart, and only so many', (t) => {
  const windows = new SteadyWindows()
  count(windows, 'ada')
  t.equal(count(windows, 'grace').current, 1)
  t.equal(count(windows.child(), 'ada').current, 1)
  for (let n = 0; n < 5_000; n += 1) count(windows, `caller ${n}`)
  t.equal(count(windows, 'ada').current, 1, 'forgotten')
  t.equal(count(windows, 'caller 4999').current, 2)
  t.end()
})
