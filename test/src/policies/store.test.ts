import t from 'tap'
import { countShadow } from '../../../db/policies.ts'
import { type MlServing, startMlServing } from '../../../sandbox/ml-serving/index.ts'
import { SECOND } from '../../../src/clock.ts'
import { UpstreamError } from '../../../src/http/client.ts'
import type { PoliciesAnswer } from '../../../src/ml/wire.ts'
import { createPolicies } from '../../../src/policies/store.ts'
import { build, fakeClock } from '../../helper.ts'
import { until } from '../tips/world.ts'

const TRACE = 'f'.repeat(32)

/** The store on a real database, beside an ml/serving that says what the test wants. */
async function start(t: Parameters<typeof build>[0]) {
  const clock = fakeClock()
  const { app, log } = await build(t, { LOG_LEVEL: 'warn' }, { clock })
  const upstream = {
    calls: 0,
    say: async (): Promise<PoliciesAnswer> => {
      throw new UpstreamError('ml/serving', 'policies', 'unreachable')
    },
    knows(active: string, ...others: string[]) {
      const policies = [active, ...others].map((name) => ({ name, version: '1', kind: 'x' }))
      upstream.say = async () => ({ active, policies })
    },
  }
  const open = () =>
    createPolicies({
      ...{ db: app.db, transact: app.transact, clock, log: app.log },
      ml: {
        policies: () => {
          upstream.calls++
          return upstream.say()
        },
      },
    })
  return { app, log, clock, upstream, open, policies: open() }
}

t.test(
  'the server asks soon after its start, and all are shadows but the active one',
  async (t) => {
    const ml: MlServing = await startMlServing({ active: 'thompson' })
    t.teardown(() => ml.close())
    const { app } = await build(t, { ML_SERVING_URL: ml.url })
    await until(async () => (await app.policies.list()).shadows.length > 0)
    t.same(await app.policies.inForce(), {
      active: 'thompson',
      shadows: ['epsilon-greedy', 'linucb', 'random', 'rules'],
    })
    t.match(ml.control.requests('policies')[0]?.headers, { traceparent: /^00-/ })
  },
)

t.test('the first tip has ml/serving asked, should that not have happened yet', async (t) => {
  const { policies, upstream } = await start(t)
  upstream.knows('thompson', 'random')
  await until(async () => (await policies.inForce()).active === 'thompson')
  t.same((await policies.inForce()).shadows, ['random'])
  t.equal(upstream.calls, 1)
})

t.test('while it says nothing, tips go on and it is asked once a second at most', async (t) => {
  const { policies, upstream, clock } = await start(t)
  const before = performance.now()
  for (let i = 0; i < 20; i++) {
    t.same(await policies.inForce(), { active: 'linucb', shadows: [] })
  }
  t.equal(upstream.calls, 1)
  clock.advance(SECOND)
  upstream.say = () => new Promise(() => {})
  await policies.inForce()
  t.equal(upstream.calls, 2)
  clock.advance(SECOND)
  await policies.inForce()
  t.ok(performance.now() - before < 5 * SECOND, 'an answer that never comes is not waited for')
})

t.test('an outage is logged once, not every minute', async (t) => {
  const { policies, upstream, log } = await start(t)
  t.equal(await policies.refresh(TRACE), false)
  t.equal(await policies.refresh(TRACE), false)
  // The server's own job fails to reach one too.
  const logged = log.filter(({ traceId }) => traceId === TRACE)
  t.match(logged, [{ msg: 'ml/serving names no policies', reason: /unreachable/ }])
  t.equal(logged.length, 1)
  upstream.knows('linucb')
  t.equal(await policies.refresh(TRACE), true)
})

t.test('a toggle by another process is seen within a second', async (t) => {
  const { policies, open, upstream, clock } = await start(t)
  upstream.knows('linucb', 'random')
  const other = open()
  t.same((await policies.inForce()).shadows, ['random'])
  await other.toggle('random', false, TRACE)
  t.same((await other.inForce()).shadows, [], 'its own at once')
  clock.advance(SECOND)
  t.same((await policies.inForce()).shadows, [])
})

t.test('a missing shadow is not sent; an enabled newcomer is', async (t) => {
  const { policies, upstream } = await start(t)
  upstream.knows('linucb', 'random', 'rules')
  await policies.refresh(TRACE)
  upstream.knows('linucb', 'rules', 'fresh')
  await policies.refresh(TRACE)
  t.same((await policies.inForce()).shadows, ['rules'])
  t.match((await policies.list()).shadows, [
    { name: 'fresh', enabled: false },
    { name: 'random', enabled: true, missing: true },
    { name: 'rules', missing: false },
  ])
  await policies.toggle('fresh', true, TRACE)
  t.same((await policies.inForce()).shadows, ['fresh', 'rules'])
})

t.test('for a missing active policy its own stands in, until ours is back', async (t) => {
  const { policies, upstream } = await start(t)
  upstream.knows('linucb', 'random')
  await policies.refresh(TRACE)
  upstream.knows('random')
  await policies.refresh(TRACE)
  t.same(await policies.inForce(), { active: 'random', shadows: [] })
  t.match(await policies.list(), { active: 'linucb', activeMissing: true })
  upstream.knows('random', 'linucb')
  await policies.refresh(TRACE)
  t.same(await policies.inForce(), { active: 'linucb', shadows: ['random'] })
})

t.test('asking again when nothing has changed writes nothing', async (t) => {
  const { app, policies, upstream, clock } = await start(t)
  upstream.knows('linucb', 'random')
  await policies.refresh(TRACE)
  const rows = () => app.db.selectFrom('policies').selectAll().execute()
  const before = await rows()
  clock.advance(SECOND)
  await policies.refresh(TRACE)
  t.same(await rows(), before)
})

t.test('shadows that answered are counted, in the transaction that stores them', async (t) => {
  const { app, policies, upstream } = await start(t)
  upstream.knows('linucb', 'a', 'b', 'c')
  await policies.refresh(TRACE)
  const decision = [
    { name: 'a', status: 'ok', agreed: 1 },
    { name: 'b', status: 'ok', agreed: 0 },
    { name: 'c', status: 'error', agreed: 0 },
  ]
  await app.transact(TRACE, (trx) => countShadow(trx, decision))
  await app.transact(TRACE, (trx) => countShadow(trx, decision.slice(1)))
  await app.transact(TRACE, (trx) => countShadow(trx, []))
  t.match((await policies.list()).shadows, [
    { name: 'a', decisions: 1, agreement: 1 },
    { name: 'b', decisions: 2, agreement: 0 },
    { name: 'c', decisions: 0, agreement: null },
  ])
})
