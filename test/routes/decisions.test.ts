import t from 'tap'
import { newId } from '../../src/ids.ts'
import { signInAsAdmin } from '../helper.ts'
import { addTasks, answer, recommend, startTips, until } from '../src/tips/world.ts'

async function start(t: Parameters<typeof startTips>[0], env: Record<string, string> = {}) {
  const world = await startTips(t, env)
  const cookie = await signInAsAdmin(world)
  const receipt = (tipId: string) =>
    world.app.inject({ url: `/api/admin/decisions/${tipId}`, headers: { cookie } })
  return { ...world, receipt }
}

interface Score {
  id: string
  p: number
}

t.test('a receipt says why a tip was given', async (t) => {
  const world = await start(t, { TIP_PROMPT_VERSION: 'calm-2' })
  const { app, ada, ml, receipt } = world
  await app.policies.refresh('f'.repeat(32))
  await addTasks(world, ada.userId, [{ due: '2026-11-20', priority: 4 }, {}, {}])
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const asked = await recommend(world, { cookie: ada.cookie, headers: { traceparent } })
  const { tip } = asked.json()

  const answered = await receipt(tip.id)
  t.equal(answered.statusCode, 200)
  const decision = answered.json()
  const sent = ml.control.requests('score')[0]?.body as { context: object; features: object }
  t.match(decision, {
    ...{ tipId: tip.id, userId: ada.userId, createdAt: tip.createdAt, traceId: 'a'.repeat(32) },
    ...{ source: 'model', fallbackReason: null, policy: 'linucb', policyVersion: '1' },
    ...{ promptVersion: 'calm-2', textModel: String, text: tip.text, task: tip.task },
    ...{ chosenId: tip.task.id, seed: String, latencyMs: Number, feedback: [] },
  })
  t.same(decision.context, sent.context)
  t.same(decision.features, sent.features)

  t.equal(decision.candidates.length, 3)
  t.match(decision.candidates[0], {
    ...{ id: 'todoist:1', score: Number, p: Number, qHat: Number },
    features: { overdue_days: 2, priority: 4 },
  })
  const chosen = decision.candidates.find(({ id }: Score) => id === decision.chosenId)
  t.equal(decision.propensity, chosen.p)

  t.same(
    decision.shadows.map(({ name }: { name: string }) => name),
    ['epsilon-greedy', 'random', 'rules', 'thompson'],
  )
  for (const shadow of decision.shadows) {
    t.match(shadow, { version: '1', status: 'ok', choiceId: /^todoist:/ })
    t.equal(shadow.agreed, shadow.choiceId === decision.chosenId)
    t.equal(shadow.scores.length, 3)
    t.match(shadow.scores[0], { id: String, score: Number, p: Number })
  }
})

t.test('it shows each answer with its reward, and whether ml/serving was told', async (t) => {
  const world = await start(t)
  const { ada, ml, receipt } = world
  await addTasks(world, ada.userId, [{}])
  const { tip } = (await recommend(world, ada)).json()
  const other = (await recommend(world, ada)).json().tip
  const feedback = async () => (await receipt(tip.id)).json().feedback

  await answer(world, ada.cookie, tip.id, 'viewed')
  await until(async () => (await feedback())[0].delivered)
  ml.control.fault({ endpoint: 'rewards', kind: '500' })
  await answer(world, ada.cookie, tip.id, 'done')
  await answer(world, ada.cookie, other.id, 'viewed')
  const createdAt = '2026-11-22T09:00:00.000Z'
  t.same(await feedback(), [
    { action: 'viewed', reward: 0, rewardVersion: 'r1', createdAt, delivered: true },
    { action: 'done', reward: 1, rewardVersion: 'r1', createdAt, delivered: false },
  ])

  ml.control.fault({ endpoint: 'rewards', kind: null })
  await until(async () => (await feedback())[1].delivered)
})

t.test('a decision by the rules says why they decided', async (t) => {
  const world = await start(t)
  const { ada, ml, receipt } = world
  ml.control.fault({ endpoint: 'score', kind: 'bad-sum' })
  await addTasks(world, ada.userId, [{}, {}])
  const { tip } = (await recommend(world, ada)).json()
  const decision = (await receipt(tip.id)).json()
  t.match(decision, {
    ...{ source: 'rules', fallbackReason: /sum/, policy: 'rules', policyVersion: '1' },
    ...{ shadows: [], candidates: [{ qHat: null }, { qHat: null }] },
  })
  const sum = decision.candidates.reduce((total: number, { p }: Score) => total + p, 0)
  t.ok(Math.abs(sum - 1) < 1e-9)
})

t.test('a cold start has a receipt too, and nothing to tell ml/serving', async (t) => {
  const world = await start(t)
  const { ada, receipt } = world
  const { tip } = (await recommend(world, ada)).json()
  await answer(world, ada.cookie, tip.id, 'helpful')
  t.match((await receipt(tip.id)).json(), {
    ...{ source: 'cold_start', task: null, chosenId: null, propensity: null, candidates: [] },
    feedback: [{ action: 'helpful', delivered: false }],
  })
})

t.test('an unknown tip is 404, and only administrators may look', async (t) => {
  const world = await start(t)
  const { app, ada, receipt } = world
  t.equal((await receipt(newId())).statusCode, 404)
  const { tip } = (await recommend(world, ada)).json()
  const url = `/api/admin/decisions/${tip.id}`
  t.equal((await app.inject({ url, headers: { cookie: ada.cookie } })).statusCode, 403)
  t.equal((await app.inject(url)).statusCode, 401)
})
