import t from 'tap'
import { type MlServing, startMlServing } from '../../../sandbox/ml-serving/index.ts'
import { createApp } from '../../../src/app.ts'
import { MINUTE, SECOND } from '../../../src/clock.ts'
import type { OoEvent } from '../../../src/events/bus.ts'
import { UpstreamError } from '../../../src/http/client.ts'
import type { RewardEvent } from '../../../src/ml/wire.ts'
import { createRewardDelivery } from '../../../src/tips/deliver-rewards.ts'
import { REWARDS } from '../../../src/tips/rewards.ts'
import { addTasks, answer, recommend, startTips, type TipsWorld, until } from './world.ts'

const delivered = (ml: MlServing) => ml.control.rewards().map(({ event }) => event)

const cursorOf = async ({ app }: Pick<TipsWorld, 'app'>) =>
  (
    await app.db
      .selectFrom('outbox_cursors')
      .select('seq')
      .where('name', '=', 'rewards')
      .executeTakeFirst()
  )?.seq ?? 0

/** Waits for the outbox, with time going on: what failed is tried again. */
const eventually = ({ clock }: TipsWorld, condition: () => boolean | Promise<boolean>) =>
  until(() => {
    clock.advance(SECOND)
    return condition()
  })

async function tipFor(world: TipsWorld): Promise<{ id: string; task: { id: string } }> {
  return (await recommend(world, { cookie: world.ada.cookie })).json().tip
}

t.test('an answer reaches ml/serving right away, as the contract has it', async (t) => {
  const world = await startTips(t)
  const { ada, ml } = world
  await addTasks(world, ada.userId, [{}, {}])
  const tip = await tipFor(world)
  t.equal((await answer(world, ada.cookie, tip.id, 'done')).statusCode, 200)
  await eventually(world, () => delivered(ml).length === 1)
  t.match(delivered(ml), [
    {
      event_id: /^[0-9a-f-]{36}$/,
      decision_id: tip.id,
      user_id: ada.userId,
      chosen_id: tip.task.id,
      propensity: Number,
      action: 'done',
      reward: 1,
      reward_version: 'r1',
      occurred_at: '2026-11-22T09:00:00.000Z',
    },
  ])
  t.match(ml.control.requests('rewards')[0]?.headers, {
    traceparent: /^00-/,
    'x-deadline-ms': /\d/,
  })
})

t.test('an answer to a tip about no task teaches nothing, and holds up nobody', async (t) => {
  const world = await startTips(t)
  const { ada, ml } = world
  await answer(world, ada.cookie, (await tipFor(world)).id, 'helpful')
  await eventually(world, async () => (await cursorOf(world)) > 0)
  t.same(ml.control.requests('rewards'), [])
})

t.test('answers wait for an ml/serving that is ill, and then come in order', async (t) => {
  const world = await startTips(t)
  const { ada, ml, clock } = world
  await addTasks(world, ada.userId, [{}])
  const tip = await tipFor(world)
  for (const kind of ['503', '500', 'reset', 'half-body'] as const) {
    ml.control.fault({ endpoint: 'rewards', kind })
    const before = ml.control.requests('rewards').length
    await answer(world, ada.cookie, tip.id, Object.keys(REWARDS)[before] ?? '')
    clock.advance(MINUTE)
    await until(() => ml.control.requests('rewards').length > before)
  }
  t.equal(await cursorOf(world), 0)
  ml.control.fault({ endpoint: 'rewards', kind: null })
  await eventually(world, async () => (await cursorOf(world)) > 0)
  const actions = delivered(ml).map(({ action }) => action)
  t.ok(actions.length > 0)
  t.same(actions, Object.keys(REWARDS).slice(0, actions.length))
})

t.test('an answer survives a restart, whatever ml/serving did meanwhile', async (t) => {
  const ml = await startMlServing()
  t.teardown(() => ml.close())
  const world = await startTips(t, { ML_SERVING_URL: ml.url })
  const { ada, config } = world
  await addTasks(world, ada.userId, [{}])
  const tip = await tipFor(world)
  ml.control.fault({ endpoint: 'rewards', kind: '500' })
  t.equal((await answer(world, ada.cookie, tip.id, 'done')).statusCode, 200)
  await until(() => ml.control.requests('rewards').length > 0)
  await world.app.close()
  t.same(delivered(ml), [])
  ml.control.clear()
  const again = await createApp({ config })
  t.teardown(() => again.close())
  await again.ready()
  await until(() => delivered(ml).length === 1)
  t.match(delivered(ml), [{ decision_id: tip.id, action: 'done' }])
  await until(async () => (await cursorOf({ app: again })) > 0)
})

/** Delivers feedback to a stand-in that answers as told. @returns the ids of each call, and what was logged. */
function deliverTo(respond: (events: RewardEvent[]) => number) {
  const calls: string[][] = []
  const logged: object[] = []
  const ml = {
    async rewards(events: RewardEvent[]) {
      calls.push(events.map(({ event_id }) => event_id))
      const status = respond(events)
      if (status !== 200) throw new UpstreamError('ml/serving', 'rewards', 'status', { status })
      return { accepted: events.length, duplicates: 0 }
    },
  }
  const log = { info() {}, warn() {}, error: (fields: object) => logged.push(fields) }
  const deliver = createRewardDelivery(ml, log as never)
  const run = (...ids: string[]) => deliver(ids.map(feedbackEvent))
  return { run, calls, logged }
}

const feedbackEvent = (id: string, seq: number): OoEvent<'signals.tip.feedback'> => ({
  seq,
  id,
  type: 'signals.tip.feedback',
  userId: 'u1',
  occurredAt: 0,
  traceId: 'a'.repeat(32),
  payload: {
    ...{ tipId: `tip of ${id}`, action: 'done', reward: 1, rewardVersion: 'r1' },
    ...{ chosenId: 'todoist:1', propensity: 0.5 },
  },
})

t.test('one refused reward does not hold up the others', async (t) => {
  const refuseBad = (events: RewardEvent[]) =>
    events.some(({ event_id }) => event_id === 'bad') ? 422 : 200
  const { run, calls, logged } = deliverTo(refuseBad)
  await run('a', 'bad', 'c')
  t.same(calls, [['a', 'bad', 'c'], ['a'], ['bad'], ['c']])
  t.match(logged, [{ event: 'bad', tipId: 'tip of bad', status: 422 }])
})

t.test('what may be put right over there is tried again', async (t) => {
  for (const status of [401, 403, 404, 408, 429, 500, 503]) {
    const { run, calls, logged } = deliverTo(() => status)
    await t.rejects(run('a', 'b'), { name: 'UpstreamError' } as never)
    t.equal(calls.length, 1)
    t.same(logged, [])
  }
})
