import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { makeHistory } from '../../sandbox/history/month.ts'
import { writeHistory } from '../../sandbox/history/write.ts'
import { build, signInAsAdmin } from '../helper.ts'

const NOW = Date.parse('2026-11-22T20:00:00Z')
const options = { days: 30, seed: 1, people: 20, issuer: 'http://127.0.0.1:9', now: NOW }

t.test('the same seed makes the same month, and another one another', async (t) => {
  const text = (seed: number) => JSON.stringify(makeHistory({ ...options, seed }))
  const [first, again, other] = [1, 1, 2].map(text)
  t.ok(first === again)
  t.notOk(first === other)
})

t.test('time goes forward, and nothing lies in the future', async (t) => {
  const { events, tips } = makeHistory(options)
  const times = events.map(({ occurred_at }) => occurred_at)
  t.same(
    times,
    times.toSorted((a, b) => a - b),
  )
  t.ok((times.at(-1) ?? 0) <= NOW)
  for (const { tip } of tips) {
    const candidates: { id: string; p: number }[] = JSON.parse(tip.candidates)
    const sum = candidates.reduce((total, { p }) => total + p, 0)
    if (Math.abs(sum - 1) > 1e-9) t.fail(`probabilities of ${tip.id} sum to ${sum}`)
    const chosen = candidates.find(({ id }) => id === tip.chosen_id)
    if (chosen?.p !== tip.propensity) t.fail(`propensity of ${tip.id}`)
  }
})

t.test(
  'the server opens on it: figures, receipts and policies are those of the month',
  async (t) => {
    const path = join(tmpdir(), `oo-history-${process.pid}.db`)
    t.teardown(() => rm(path, { force: true }))
    const now = Date.now()
    const written = await writeHistory(path, { ...options, now })
    const world = await build(t, { DATABASE_PATH: path })
    const cookie = await signInAsAdmin(world)
    const get = async (url: string) => (await world.app.inject({ url, headers: { cookie } })).json()

    // The thirty days of the history touch thirty-one days of the calendar.
    const stats = await get('/api/admin/stats?days=31')
    t.equal(stats.tipsServed, written.tips)
    t.ok(stats.actRate > 0.2 && stats.actRate < 0.9)
    t.ok(stats.fallbackRate > 0)
    const { items } = await get('/api/admin/events/history?type=signals.tip.served&limit=1')
    const receipt = await get(`/api/admin/decisions/${items[0].payload.tipId}`)
    t.ok(receipt.candidates.length > 1)
    const { shadows } = await get('/api/admin/policies')
    t.ok(shadows.every(({ agreement }: { agreement: number }) => agreement > 0.3))
  },
)
