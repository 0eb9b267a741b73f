import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { makeHistory } from '../../sandbox/history/month.ts'
import { writeHistory } from '../../sandbox/history/write.ts'
import { createMind, type Mind } from '../../sandbox/ml-serving/mind.ts'
import { DAY } from '../../src/clock.ts'
import { build, signInAsAdmin } from '../helper.ts'

const NOW = Date.parse('2026-11-22T20:00:00Z')
const options = { days: 30, seed: 1, people: 20, issuer: 'http://127.0.0.1:9', now: NOW }

/** The server on a history, seen by its administrator. */
async function openOn(t: Test, mind: Mind) {
  const path = join(tmpdir(), `oo-history-${process.pid}.db`)
  t.teardown(() => rm(path, { force: true }))
  const secret = 'the secret of a past that never was'
  const written = await writeHistory(path, { ...options, now: Date.now(), mind, secret })
  const world = await build(t, { DATABASE_PATH: path })
  const cookie = await signInAsAdmin(world)
  const get = async (url: string) => (await world.app.inject({ url, headers: { cookie } })).json()
  return { written, get }
}

t.test('the same seed makes the same month, and another one another', async (t) => {
  const text = (seed: number) =>
    JSON.stringify(makeHistory({ ...options, seed, mind: createMind() }))
  const [first, again, other] = [1, 1, 2].map(text)
  t.ok(first === again)
  t.notOk(first === other)
})

t.test('time goes forward, and nothing lies in the future', async (t) => {
  const { events, tips } = makeHistory({ ...options, mind: createMind() })
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
    const mind = createMind()
    const { get, written } = await openOn(t, mind)
    // The thirty days of the history touch thirty-one days of the calendar.
    const stats = await get('/api/admin/stats?days=31')
    t.equal(stats.tipsServed, written.tips)
    t.ok(stats.actRate > 0.2 && stats.actRate < 0.9)
    t.ok(stats.fallbackRate > 0)
    const { items } = await get('/api/admin/events/history?type=signals.tip.feedback&limit=1')
    const receipt = await get(`/api/admin/decisions/${items[0].payload.tipId}`)
    t.ok(receipt.candidates.length > 1)
    t.ok(receipt.candidates.every(({ features }: { features: object }) => 'priority' in features))
    t.notOk(
      mind.policies.get('linucb')?.isCold(receipt.userId),
      'ml/serving has learnt of the answers',
    )
    const { shadows } = await get('/api/admin/policies')
    t.equal(shadows.filter(({ agreement }: { agreement: number }) => agreement > 0.01).length, 3)
  },
)

t.test(
  'people are connected, have tasks and features; the sandbox’s own can still connect',
  async (t) => {
    const { get } = await openOn(t, createMind())
    const { items } = await get('/api/admin/users?limit=100')
    const statuses = new Map<string, string>()
    for (const { email, integrations } of items) statuses.set(email, integrations[0]?.status)
    t.ok([...statuses.values()].includes('connected'))
    t.equal(statuses.get('ada@example.com') ?? 'disconnected', 'disconnected')

    const connected = items.find(
      (user: { integrations: { status: string }[]; lastActiveAt: string }) =>
        user.integrations.some(({ status }) => status === 'connected'),
    )
    const { integrations, sessions } = await get(`/api/admin/users/${connected.id}`)
    t.ok(integrations[0].taskCount > 0)
    t.ok(Date.parse(integrations[0].nextSyncAt) > Date.now() + DAY, 'its tokens are never tried')
    t.type(sessions.length, 'number')
    const { features } = await get(`/api/admin/features/${connected.id}`)
    const open = features.find(({ name }: { name: string }) => name === 'open_tasks')
    t.equal(open.value, integrations[0].taskCount)
  },
)
