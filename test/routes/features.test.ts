import t from 'tap'
import type { MlServing } from '../../sandbox/ml-serving/index.ts'
import { DAY, HOUR } from '../../src/clock.ts'
import { newId } from '../../src/ids.ts'
import { signInAsAdmin, signInPerson } from '../helper.ts'
import { addTasks, answer, recommend, startTips, until } from '../src/tips/world.ts'

async function start(t: Parameters<typeof startTips>[0]) {
  const world = await startTips(t)
  const cookie = await signInAsAdmin(world)
  const get = (path: string) =>
    world.app.inject({ url: `/api/admin/features/${path}`, headers: { cookie } })
  const features = async () => {
    const listed = (await get(world.ada.userId)).json().features as {
      name: string
      status: string
    }[]
    return new Map(listed.map((feature) => [feature.name, feature]))
  }
  return { ...world, get, features }
}

t.test('features are missing, then fresh, then stale, and looking does not compute', async (t) => {
  const world = await start(t)
  const { ada, clock, features } = world
  const missing = (await features()).get('open_tasks')
  t.same(missing, {
    ...{ name: 'open_tasks', value: null, computedAt: null, ageSeconds: null },
    ...{ ttlSeconds: 900, status: 'missing', source: 'tasks' },
  })

  await addTasks(world, ada.userId, [{ due: '2026-11-20' }, {}])
  await recommend(world, ada)
  t.match((await features()).get('open_tasks'), {
    ...{ value: 2, computedAt: '2026-11-22T09:00:00.000Z', ageSeconds: 0, status: 'fresh' },
  })
  t.match((await features()).get('overdue_tasks'), { value: 1 })

  // The administrator's session lasts half a day.
  clock.advance(HOUR)
  const stale = await features()
  t.match(stale.get('open_tasks'), { value: 2, ageSeconds: 3_600, status: 'stale' })
  t.ok([...stale.values()].every((feature) => Object.keys(feature).length === 7))
})

t.test('an answer to a tip shows in the features of the next one', async (t) => {
  const world = await start(t)
  const { ada, ml, features } = world
  await addTasks(world, ada.userId, [{ project: 'Garden' }])
  const { tip } = (await recommend(world, ada)).json()
  await answer(world, ada.cookie, tip.id, 'done')
  await until(async () => [...(await features()).values()].every((f) => f.status === 'missing'))

  await recommend(world, ada)
  const sent = sentWith(ml).map(({ features }) => features)
  t.equal(sent[0]?.done_7d?.value, 0)
  t.notOk(sent[0]?.act_rate_28d, 'there was no tip to rate')
  t.match(sent[1], {
    done_7d: { value: 1, age_s: 0, status: 'fresh' },
    act_rate_28d: { value: 1 },
    'act_rate_hour:09': { value: 1 },
    'act_rate_project:Garden': { value: 1 },
  })
})

interface Sent {
  context: object
  features: Record<string, { value: number }>
}

const sentWith = (ml: MlServing) => ml.control.requests('score').map(({ body }) => body as Sent)

t.test('the last context is shown exactly as it was sent', async (t) => {
  const world = await start(t)
  const { app, ada, clock, ml, get } = world
  t.equal((await get(`${ada.userId}/context`)).statusCode, 404, 'there was no score call')
  await recommend(world, ada)
  t.equal((await get(`${ada.userId}/context`)).statusCode, 404, 'nor for a cold start')

  await addTasks(world, ada.userId, [{}, {}])
  await recommend(world, ada)
  clock.advance(HOUR)
  const { tip } = (await recommend(world, ada)).json()
  await app.db.deleteFrom('tasks').execute()
  await recommend(world, ada)

  const shown = await get(`${ada.userId}/context`)
  t.equal(shown.statusCode, 200)
  const { context, features } = sentWith(ml)[1] ?? {}
  t.same(shown.json(), { tipId: tip.id, sentAt: '2026-11-22T10:00:00.000Z', context, features })
})

t.test('it is shown too when ml/serving did not answer', async (t) => {
  const world = await start(t)
  const { ada, ml, get } = world
  ml.control.fault({ endpoint: 'score', kind: '500' })
  await addTasks(world, ada.userId, [{}])
  const { tip } = (await recommend(world, ada)).json()
  t.equal(tip.source, 'rules')
  const { context, features } = sentWith(ml)[0] ?? {}
  const shown = (await get(`${ada.userId}/context`)).json()
  t.same(shown, { tipId: tip.id, sentAt: tip.createdAt, context, features })
})

t.test('an unknown user is 404, and only administrators may look', async (t) => {
  const { app, ada, get } = await start(t)
  for (const path of [newId(), `${newId()}/context`]) t.equal((await get(path)).statusCode, 404)
  for (const path of [ada.userId, `${ada.userId}/context`]) {
    const url = `/api/admin/features/${path}`
    t.equal((await app.inject({ url, headers: { cookie: ada.cookie } })).statusCode, 403)
    t.equal((await app.inject(url)).statusCode, 401)
  }
})

t.test('one user’s features say nothing of another’s', async (t) => {
  const world = await start(t)
  const { app, ada } = world
  const bob = await signInPerson(world)
  await addTasks(world, ada.userId, [{}, {}, {}])
  await addTasks(world, bob.userId, [{ added_at: world.clock() - 3 * DAY }])
  t.equal((await app.features.forUser(ada.userId)).open_tasks?.value, 3)
  t.match(await app.features.forUser(bob.userId), {
    ...{ open_tasks: { value: 1 }, median_age_days: { value: 3 } },
  })
})
