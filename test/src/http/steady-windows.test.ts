import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { SteadyWindows } from '../../../src/http/steady-windows.ts'

const WINDOW_MS = 300

t.test('a window ends when its time is over, although the calendar was set back', async (t) => {
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  const windows = new SteadyWindows(WINDOW_MS)
  t.equal(windows.count('ada').count, 1)
  Date.now = () => now() - 86_400_000
  const { count, msToGo } = windows.count('ada')
  t.equal(count, 2)
  t.ok(msToGo > 0 && msToGo <= WINDOW_MS, `${msToGo} ms to go`)
  await sleep(WINDOW_MS + 5)
  t.equal(windows.count('ada').count, 1)
})

t.test('callers are counted apart, and only so many', (t) => {
  const windows = new SteadyWindows(60_000)
  windows.count('ada')
  t.equal(windows.count('grace').count, 1)
  for (let n = 0; n < 5_000; n += 1) windows.count(`caller ${n}`)
  t.equal(windows.count('ada').count, 1, 'forgotten')
  t.equal(windows.count('caller 4999').count, 2)
  t.end()
})
