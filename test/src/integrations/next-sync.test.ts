import t from 'tap'
import { MINUTE, SECOND } from '../../../src/clock.ts'
import { afterFailure, nextSyncAt } from '../../../src/integrations/next-sync.ts'
import { ProviderError } from '../../../src/integrations/provider.ts'

const NOW = 1_000_000
const INTERVAL = 15 * MINUTE
const down = new ProviderError('provider_unavailable', 'in a test')

const waits = (draw: () => number | null) =>
  Array.from({ length: 200 }, () => (draw() ?? Number.NaN) - NOW)

t.test('the next sync is an interval away, give or take a tenth', (t) => {
  const drawn = waits(() => nextSyncAt(NOW, INTERVAL))
  t.ok(drawn.every((wait) => wait >= INTERVAL * 0.9 && wait <= INTERVAL * 1.1))
  t.ok(new Set(drawn).size > 100, 'users who connected together drift apart')
  t.end()
})

t.test('failures wait longer and longer, up to four intervals', (t) => {
  const after = (failures: number) =>
    waits(() => afterFailure({ status: 'failing', failures }, down, NOW, INTERVAL).next_sync_at)
  const within = (failures: number, longest: number) =>
    t.ok(
      after(failures).every((wait) => wait >= longest / 2 && wait <= longest),
      `after ${failures + 1} failures at most ${longest} ms`,
    )
  within(0, 30 * SECOND)
  within(1, MINUTE)
  within(4, 8 * MINUTE)
  within(20, 4 * INTERVAL)
  within(5_000, 4 * INTERVAL)
  t.end()
})

t.test('a short interval also shortens the waits', (t) => {
  const { next_sync_at } = afterFailure({ status: 'connected', failures: 0 }, down, NOW, 200)
  t.ok((next_sync_at ?? 0) - NOW <= 200)
  t.end()
})

t.test('being asked to wait is no failure, and never lasts longer than a day', (t) => {
  const limited = (ms?: number) =>
    afterFailure(
      { status: 'connected', failures: 0 },
      new ProviderError('rate_limited', 'in a test', ms),
      NOW,
      INTERVAL,
    )
  t.match(limited(5_000), { status: 'connected', failures: 0, next_sync_at: NOW + 5_000 })
  t.match(limited(), { next_sync_at: NOW + INTERVAL }, 'not told how long: one interval')
  t.match(limited(1e12), { next_sync_at: NOW + 24 * 60 * MINUTE })
  t.end()
})
