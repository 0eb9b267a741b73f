import t from 'tap'
import { DAY, HOUR, MINUTE } from '../../../src/clock.ts'
import type { Emit } from '../../../src/events/transact.ts'
import { newId } from '../../../src/ids.ts'
import type { WireFeature } from '../../../src/ml/wire.ts'
import { build, fakeClock, signInPerson, type TestApp } from '../../helper.ts'
import { addTasks } from '../tips/world.ts'

interface Tip {
  /** How long ago. */
  ago: number
  task?: string | null
  actions?: string[]
}

async function start(t: Parameters<typeof build>[0]) {
  const clock = fakeClock()
  const world = { ...(await build(t, {}, { clock })), clock }
  return { ...world, userId: (await signInPerson(world)).userId }
}
type World = Awaited<ReturnType<typeof start>>

/** Tips and answers as they stand in the decision log, without their events. */
async function addTips({ app, clock, userId }: World, tips: Tip[]): Promise<void> {
  for (const { ago, task = 'todoist:1', actions = [] } of tips) {
    const id = newId()
    const created_at = clock() - ago
    await app.db
      .insertInto('tip_scores')
      .values({
        ...{ id, user_id: userId, created_at, source: task ? 'model' : 'cold_start' },
        ...{ fallback_reason: null, policy: 'linucb', policy_version: '1', prompt_version: null },
        ...{ text_model: null, text: 'Do it', task: null, chosen_id: task, propensity: 1 },
        ...{ candidates: '[]', context: '{}', features: '{}', seed: id, latency_ms: 1 },
        trace_id: 'f'.repeat(32),
      })
      .execute()
    for (const action of actions) {
      const answer = { id: newId(), tip_id: id, user_id: userId, action, created_at }
      await app.db
        .insertInto('tip_feedback')
        .values({ ...answer, reward: 0, reward_version: 'r1' })
        .execute()
    }
  }
}

const setTimeZone = ({ app, clock, userId }: World, time_zone: string) =>
  app.db
    .insertInto('integrations')
    .values({
      ...{ id: newId(), user_id: userId, provider: 'todoist', status: 'connected', time_zone },
      ...{ access_token: 'x', refresh_token: null, token_expires_at: null, sync_cursor: null },
      ...{ connected_at: clock(), last_synced_at: null, next_sync_at: null, last_error: null },
      sync_lease_until: null,
    })
    .execute()

const values = (features: Record<string, WireFeature>) =>
  Object.fromEntries(Object.entries(features).map(([name, { value }]) => [name, value]))

const rowsOf = ({ app }: TestApp) => app.db.selectFrom('profile_features').selectAll().execute()

t.test('answers are counted over 7 and 28 days', async (t) => {
  const world = await start(t)
  await addTips(world, [
    { ago: DAY, actions: ['viewed', 'done'] },
    { ago: 6 * DAY, actions: ['dismiss'] },
    { ago: 8 * DAY, actions: ['done', 'helpful'] },
    { ago: 20 * DAY, actions: ['snooze'] },
    { ago: 27 * DAY, actions: ['not_helpful'] },
    { ago: 29 * DAY, actions: ['done', 'dismiss', 'snooze'] },
    { ago: HOUR, task: null, actions: ['helpful'] },
  ])
  t.match(values(await world.app.features.forUser(world.userId)), {
    ...{ done_7d: 1, done_28d: 2, dismissed_7d: 1, dismissed_28d: 1, snoozed_7d: 0 },
    ...{ snoozed_28d: 1, tips_28d: 5, act_rate_28d: 0.4 },
  })
})

t.test(
  'act rates by hour are by the user’s clock, and by project as the task has it',
  async (t) => {
    const world = await start(t)
    await setTimeZone(world, 'Asia/Kolkata')
    await addTasks(world, world.userId, [{ project: 'Garden' }, { project: 'Work' }, {}])
    // The clock stands at 09:00 UTC, 14:30 in Kolkata.
    await addTips(world, [
      { ago: 0, task: 'todoist:1', actions: ['done'] },
      { ago: DAY, task: 'todoist:1' },
      { ago: 2 * DAY + 20 * MINUTE, task: 'todoist:2', actions: ['helpful'] },
      { ago: 10 * HOUR, task: 'todoist:3' },
      { ago: 3 * DAY, task: 'todoist:gone', actions: ['snooze'] },
    ])
    const found = values(await world.app.features.forUser(world.userId))
    const rates = Object.entries(found).filter(([name]) => /^act_rate_(hour|project):/.test(name))
    t.same(Object.fromEntries(rates), {
      'act_rate_hour:14': 0.5,
      'act_rate_hour:04': 0,
      'act_rate_project:Garden': 0.5,
      'act_rate_project:Work': 1,
    })
  },
)

t.test('of many projects those with most tips are kept', async (t) => {
  const world = await start(t)
  const projects = Array.from({ length: 12 }, (_, i) => `P${i}`)
  await addTasks(
    world,
    world.userId,
    projects.map((project) => ({ project })),
  )
  const tips = projects.flatMap((_, i) =>
    Array.from({ length: i + 1 }, () => ({ ago: HOUR, task: `todoist:${i + 1}` })),
  )
  await addTips(world, tips)
  const found = Object.keys(await world.app.features.forUser(world.userId))
  const kept = found.filter((name) => name.startsWith('act_rate_project:'))
  t.same(
    kept.sort(),
    projects
      .slice(2)
      .map((name) => `act_rate_project:${name}`)
      .sort(),
  )
})

t.test('tasks are counted by the user’s calendar', async (t) => {
  const world = await start(t)
  await setTimeZone(world, 'Pacific/Auckland')
  // 2026-11-22T09:00Z is 22:00 of the 22nd there; the day began at 11:00Z of the 21st.
  const added = (days: number) => world.clock() - days * DAY
  await addTasks(world, world.userId, [
    { due: '2026-11-21', added_at: added(1) },
    { due: '2026-11-22', added_at: added(2) },
    { due: '2026-11-21T23:00:00', added_at: added(5) },
    { due: '2026-11-22T08:00:00', added_at: added(10) },
    { due: '2026-11-21T10:59:00Z', added_at: null },
    { due: '2026-11-21T11:00:00Z', added_at: null },
    { due: '2026-11-20', status: 'completed', added_at: added(90) },
    { due: null, added_at: null },
  ])
  t.match(values(await world.app.features.forUser(world.userId)), {
    ...{ open_tasks: 7, overdue_tasks: 3, median_age_days: 3.5 },
  })
})

t.test('where there is nothing to compute from, nothing is made up', async (t) => {
  const world = await start(t)
  const found = await world.app.features.forUser(world.userId)
  t.notOk('act_rate_28d' in found)
  t.notOk('median_age_days' in found)
  t.match(values(found), { done_7d: 0, open_tasks: 0, overdue_tasks: 0, last_active_days: 0 })
  const listed = await world.app.features.list(world.userId)
  t.match(
    listed?.find(({ name }) => name === 'act_rate_28d'),
    { value: null, status: 'fresh' },
  )
})

t.test('what is cached is used until its time to live is over, source by source', async (t) => {
  const world = await start(t)
  const { app, clock, userId } = world
  await app.features.forUser(userId)
  await addTasks(world, userId, [{}, {}])
  clock.advance(14 * MINUTE)
  const still = await app.features.forUser(userId)
  t.same(still.open_tasks, { value: 0, age_s: 14 * 60, status: 'fresh' })
  t.equal(still.last_active_days?.age_s, 0, 'the shorter-lived one is computed again')
  clock.advance(MINUTE)
  const again = await app.features.forUser(userId)
  t.same(again.open_tasks, { value: 2, age_s: 0, status: 'fresh' })
  t.equal(again.done_7d?.age_s, 15 * 60)
})

t.test('a feature that no longer is goes when its source is computed again', async (t) => {
  const world = await start(t)
  await addTasks(world, world.userId, [{ project: 'Garden' }])
  await addTips(world, [{ ago: 27 * DAY + 23 * HOUR }])
  t.ok('act_rate_project:Garden' in (await world.app.features.forUser(world.userId)))
  world.clock.advance(DAY)
  t.notOk('act_rate_project:Garden' in (await world.app.features.forUser(world.userId)))
  t.notOk((await rowsOf(world)).some(({ name }) => name === 'act_rate_project:Garden'))
})

t.test('the two signals drop the features of that user alone', async (t) => {
  const world = await start(t)
  const { app, userId } = world
  const other = (await signInPerson(world)).userId
  const synced = { provider: 'todoist', full: true, added: 0, updated: 0, removed: 0, open: 0 }
  const answered = {
    ...{ tipId: 'x', action: 'done', reward: 1, rewardVersion: 'r1' },
    ...{ chosenId: null, propensity: null },
  }
  const signals = {
    'signals.task.synced': (emit: Emit) => emit('signals.task.synced', userId, synced),
    'signals.tip.feedback': (emit: Emit) => emit('signals.tip.feedback', userId, answered),
  }
  for (const [type, signal] of Object.entries(signals)) {
    await app.features.forUser(userId)
    await app.features.forUser(other)
    await app.transact('f'.repeat(32), async (_trx, emit) => void (await signal(emit)))
    const left = await rowsOf(world)
    t.same([...new Set(left.map((row) => row.user_id))], [other], type)
  }
})

t.test('for a user who was deleted meanwhile there are no features', async (t) => {
  const world = await start(t)
  t.same(await world.app.features.forUser(newId()), {})
  t.same(await rowsOf(world), [])
})
