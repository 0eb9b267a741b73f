import t from 'tap'
import { newId } from '../../src/ids.ts'
import { build, fakeClock, signInAsAdmin, signInPerson, type TestApp } from '../helper.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

async function statsOf(world: TestApp, query = '') {
  const cookie = await signInAsAdmin(world)
  const answer = await world.app.inject({ url: `/api/admin/stats${query}`, headers: { cookie } })
  return { status: answer.statusCode, body: answer.json() }
}

interface Tip {
  userId: string
  source?: 'model' | 'rules' | 'cold_start'
  latencyMs?: number
}

/** A tip as the tips rooms store it: the row and its event. */
async function serveTip(world: TestApp, { userId, source = 'model', latencyMs = 100 }: Tip) {
  const { app } = world
  const id = newId()
  await app.transact('f'.repeat(32), async (trx, emit) => {
    await trx
      .insertInto('tip_scores')
      .values({
        id,
        user_id: userId,
        created_at: app.clock(),
        source,
        policy: 'linucb',
        text: 'Start with the letter',
        candidates: '[]',
        context: '{}',
        features: '{}',
        seed: 's',
        latency_ms: latencyMs,
        trace_id: 'f'.repeat(32),
      })
      .execute()
    await emit('signals.tip.served', userId, { tipId: id, source, policy: 'linucb', latencyMs })
  })
  return id
}

async function answerTip(world: TestApp, userId: string, tipId: string, action: string) {
  const { app } = world
  await app.transact('f'.repeat(32), async (trx, emit) => {
    await trx
      .insertInto('tip_feedback')
      .values({
        id: newId(),
        tip_id: tipId,
        user_id: userId,
        action,
        reward: 1,
        reward_version: 'r1',
        created_at: app.clock(),
      })
      .execute()
    await emit('signals.tip.feedback', userId, {
      tipId,
      action,
      reward: 1,
      rewardVersion: 'r1',
      chosenId: null,
      propensity: null,
    })
  })
}

t.test('what happened a moment ago is in the figures', async (t) => {
  const world = await build(t, {}, { clock: fakeClock() })
  const [ann, bob] = [await signInPerson(world), await signInPerson(world)]
  const done = await serveTip(world, { userId: ann.userId, latencyMs: 50 })
  await serveTip(world, { userId: ann.userId, source: 'rules', latencyMs: 300 })
  await serveTip(world, { userId: bob.userId, latencyMs: 60 })
  await serveTip(world, { userId: bob.userId, source: 'cold_start', latencyMs: 5 })
  await answerTip(world, ann.userId, done, 'viewed')
  await answerTip(world, ann.userId, done, 'done')
  await answerTip(world, ann.userId, done, 'helpful')

  const { status, body } = await statsOf(world, '?days=2')
  t.equal(status, 200)
  const figures = {
    dau: 2,
    wau: 2,
    mau: 2,
    stickiness: 1,
    newUsers: 2,
    tipsServed: 4,
    actRate: 0.25,
    fallbackRate: 0.25,
    feedback: { viewed: 1, done: 1, helpful: 1, snooze: 0, not_helpful: 0, dismiss: 0 },
  }
  t.match(body, { days: 2, tz: 'UTC', from: '2026-11-21', to: '2026-11-22', ...figures })
  t.ok(Math.abs(body.latencyP50 - 50) <= 2.5, `p50 ${body.latencyP50}`)
  t.ok(Math.abs(body.latencyP95 - 300) <= 15, `p95 ${body.latencyP95}`)
  t.match(body.series, [
    { date: '2026-11-21', activeUsers: 0, dau: 0, tipsServed: 0, actRate: null, latencyP50: null },
    { date: '2026-11-22', activeUsers: 2, ...figures },
  ])
})

t.test('a server that nobody has used yet has figures too', async (t) => {
  const world = await build(t)
  const { body } = await statsOf(world, '?days=365&tz=America/New_York')
  t.equal(body.series.length, 365)
  t.match(body, { dau: 0, mau: 0, stickiness: null, tipsServed: 0, actRate: null })
})

t.test('a day is a day of the time zone that was asked for', async (t) => {
  const clock = fakeClock(Date.parse('2026-11-22T18:40:00Z'))
  const world = await build(t, {}, { clock })
  const ann = await signInPerson(world)
  // 00:10 on the 23rd in Kolkata (+05:30), 23:55 on the 22nd in Dubai (+04:00) a little later.
  await serveTip(world, ann)
  clock.advance(75 * 60_000)
  await serveTip(world, ann)

  const datesIn = async (tz: string) =>
    (await statsOf(world, `?days=3&tz=${tz}`)).body.series
      .filter((day: { tipsServed: number }) => day.tipsServed > 0)
      .map((day: { date: string; tipsServed: number; dau: number }) => [
        day.date,
        day.tipsServed,
        day.dau,
      ])
  t.same(await datesIn('UTC'), [['2026-11-22', 2, 1]])
  t.same(await datesIn('Asia/Kolkata'), [['2026-11-23', 2, 1]])
  t.same(await datesIn('Asia/Dubai'), [['2026-11-22', 2, 1]])
  // 19:55 UTC is 01:40 the next day in Kathmandu (+05:45), and 18:40 is 00:25 there.
  t.same(await datesIn('Asia/Kathmandu'), [['2026-11-23', 2, 1]])
  t.same(await datesIn('America/St_Johns'), [['2026-11-22', 2, 1]])
})

t.test('active users are distinct within each window', async (t) => {
  const clock = fakeClock(Date.parse('2026-01-01T12:00:00Z'))
  const world = await build(t, {}, { clock })
  const [ann] = [await signInPerson(world), await signInPerson(world)]
  clock.advance(6 * DAY)
  await serveTip(world, ann)
  clock.advance(1 * DAY)
  await serveTip(world, ann)
  clock.advance(25 * DAY)

  const { body } = await statsOf(world, '?days=35')
  const on = (date: string) => body.series.find((day: { date: string }) => day.date === date)
  t.match(on('2026-01-01'), { dau: 2, wau: 2, mau: 2 })
  t.match(on('2026-01-07'), { dau: 1, wau: 2, mau: 2, stickiness: 0.5 })
  t.match(on('2026-01-08'), { dau: 1, wau: 1, mau: 2 })
  t.match(on('2026-01-30'), { dau: 0, wau: 0, mau: 2 })
  t.match(on('2026-01-31'), { dau: 0, wau: 0, mau: 1 })
  t.match(body, { to: '2026-02-02', dau: 0, wau: 0, mau: 1 })
})

t.test('figures stay when the rows are purged and the user leaves', async (t) => {
  const clock = fakeClock(Date.parse('2026-10-01T12:00:00Z'))
  const world = await build(t, {}, { clock })
  const { app } = world
  const ann = await signInPerson(world)
  const tip = await serveTip(world, ann)
  clock.advance(26 * HOUR)
  await answerTip(world, ann.userId, tip, 'done')
  const before = (await statsOf(world, '?days=10')).body
  t.equal(before.actRate, 1)
  t.equal(
    before.series.find((day: { date: string }) => day.date === '2026-10-01').actRate,
    1,
    'an answer counts for the day of its tip',
  )

  const gone = await app.inject({
    method: 'DELETE',
    url: '/api/user',
    headers: { cookie: ann.cookie },
  })
  t.equal(gone.statusCode, 200)
  t.same((await statsOf(world, '?days=10')).body, before)
  const users = await app.db.selectFrom('stats_users').selectAll().execute()
  t.same(
    users.filter((row) => row.user_id === ann.userId),
    [],
  )
})

t.test('the built-in administrator who only looks is not a user', async (t) => {
  const world = await build(t)
  t.match((await statsOf(world)).body, { dau: 0, newUsers: 0 })
})

t.test('a bad query is refused by name', async (t) => {
  const world = await build(t)
  for (const [query, path] of [
    ['?tz=Mars/Olympus', 'query.tz'],
    ['?days=0', 'query.days'],
    ['?days=366', 'query.days'],
    ['?days=1&days=2', 'query.days'],
    ['?weeks=1', 'query.weeks'],
  ] as const) {
    const { status, body } = await statsOf(world, query)
    t.equal(status, 400, query)
    t.match(body, { code: 'validation_failed', errors: [{ path }] })
  }
  const person = await signInPerson(world)
  const { cookie } = person
  t.equal(
    (await world.app.inject({ url: '/api/admin/stats', headers: { cookie } })).statusCode,
    403,
  )
  t.equal((await world.app.inject('/api/admin/stats')).statusCode, 401)
})
