import t from 'tap'
import { signInAsAdmin, signInPerson } from '../helper.ts'
import { addTasks, recommend, startTips, type TipsWorld } from '../src/tips/world.ts'

/** Calls as the administrator. */
async function start(t: Parameters<typeof startTips>[0]) {
  const world = await startTips(t)
  const cookie = await signInAsAdmin(world)
  const call = (method: 'GET' | 'POST', url: string, payload?: object) =>
    world.app.inject({
      ...{ method, url: `/api/admin/policies${url}`, headers: { cookie } },
      ...(payload && { payload }),
    })
  return { ...world, call }
}

const toggledIn = ({ app }: Pick<TipsWorld, 'app'>) =>
  app.db
    .selectFrom('events')
    .select(['payload', 'trace_id'])
    .where('type', '=', 'signals.policy.toggled')
    .execute()

t.test('GET lists what is known, POST asks ml/serving first', async (t) => {
  const { call } = await start(t)
  const asked = await call('POST', '')
  t.equal(asked.statusCode, 200)
  t.same(asked.json(), {
    active: 'linucb',
    activeVersion: '1',
    activeMissing: false,
    shadows: ['epsilon-greedy', 'random', 'rules', 'thompson'].map((name) => ({
      ...{ name, version: '1', enabled: true, missing: false, agreement: null, decisions: 0 },
    })),
  })
  const listed = await call('GET', '')
  t.equal(listed.statusCode, 200)
  t.same(listed.json(), asked.json())
  t.same((await call('POST', '', {})).json(), asked.json())
})

t.test('POST answers what is known while ml/serving is down', async (t) => {
  const { call, ml } = await start(t)
  const before = (await call('POST', '')).json()
  ml.control.fault({ endpoint: 'policies', kind: '500' })
  const answer = await call('POST', '')
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), before)
})

t.test('a disabled shadow is no longer sent with the score call', async (t) => {
  const world = await start(t)
  const { call, ml, ada } = world
  await call('POST', '')
  await addTasks(world, ada.userId, [{}, {}])
  const off = await call('POST', '/thompson/toggle', { enabled: false })
  t.equal(off.statusCode, 200)
  t.match(off.json(), { name: 'thompson', enabled: false, missing: false })
  await recommend(world, ada)
  t.match(ml.control.requests('score')[0]?.body, {
    active: 'linucb',
    shadows: ['epsilon-greedy', 'random', 'rules'],
  })
})

t.test('without a wish the toggle turns round, and each change is an event', async (t) => {
  const world = await start(t)
  await world.call('POST', '')
  t.match((await world.call('POST', '/random/toggle')).json(), { enabled: false })
  t.match((await world.call('POST', '/random/toggle', {})).json(), { enabled: true })
  const same = await world.call('POST', '/random/toggle', { enabled: true })
  t.match(same.json(), { enabled: true })
  const events = await toggledIn(world)
  t.same(
    events.map(({ payload }) => JSON.parse(payload)),
    [
      { policy: 'random', enabled: false },
      { policy: 'random', enabled: true },
    ],
    'what changes nothing is no event',
  )
})

t.test('an unknown policy is 404, the active one 409, a wrong body 400', async (t) => {
  const world = await start(t)
  await world.call('POST', '')
  const unknown = await world.call('POST', '/nobody/toggle')
  t.equal(unknown.statusCode, 404)
  const active = await world.call('POST', '/linucb/toggle', { enabled: false })
  t.equal(active.statusCode, 409)
  t.equal(active.json().code, 'policy_active')
  const wrong = await world.call('POST', '/random/toggle', { enabled: 'no', on: 1 })
  t.equal(wrong.statusCode, 400)
  t.match(
    wrong.json().errors.map(({ path }: { path: string }) => path),
    [/^body\./],
  )
  t.same(await toggledIn(world), [])
})

t.test('each decision counts how often a shadow would have chosen the same', async (t) => {
  const world = await start(t)
  await world.call('POST', '')
  await addTasks(world, world.ada.userId, [{}])
  await recommend(world, world.ada)
  await recommend(world, world.ada)
  // With one task there is no other choice.
  const { shadows } = (await world.call('GET', '')).json()
  for (const shadow of shadows) t.match(shadow, { decisions: 2, agreement: 1 })
  await world.app.db.deleteFrom('tip_scores').execute()
  t.same((await world.call('GET', '')).json().shadows, shadows, 'also after the purge')
})

t.test('only administrators see and change policies', async (t) => {
  const world = await start(t)
  const { cookie } = await signInPerson(world)
  for (const [method, url] of [
    ['GET', '/api/admin/policies'],
    ['POST', '/api/admin/policies'],
    ['POST', '/api/admin/policies/random/toggle'],
  ] as const) {
    t.equal((await world.app.inject({ method, url, headers: { cookie } })).statusCode, 403)
    t.equal((await world.app.inject({ method, url })).statusCode, 401)
  }
})
