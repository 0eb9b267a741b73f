import t, { type Test } from 'tap'
import type { Fault } from '../../../sandbox/ml-serving/index.ts'
import { addTasks, decisionOf, recommend, startTips, type TipsWorld, until } from './world.ts'

const SCORE_MS = 300
const GENERATE_MS = 600
/** A busy test machine can be late by this much on top of the server's own bound. */
const SLACK_MS = 400

const TIMEOUTS = {
  ML_SCORE_TIMEOUT_MS: String(SCORE_MS),
  ML_GENERATE_TIMEOUT_MS: String(GENERATE_MS),
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now()
  const result = await work
  return [result, performance.now() - startedAt]
}

/** Asks for a tip, which must come in time. @returns it with the row that explains it. */
async function tipInTime(t: Test, world: TipsWorld, limitMs = SCORE_MS + GENERATE_MS) {
  const [response, tookMs] = await timed(recommend(world, { cookie: world.ada.cookie }))
  t.equal(response.statusCode, 200)
  t.ok(tookMs < limitMs + SLACK_MS, `${Math.round(tookMs)} ms of ${limitMs}`)
  const { tip } = response.json()
  return { tip, row: await decisionOf(world, tip.id) }
}

const SCORE_WEATHER: [Fault['kind'], string | RegExp][] = [
  ['slow', 'timeout'],
  ['hang', 'timeout'],
  ['500', 'status'],
  ['503', 'status'],
  ['redirect', 'status'],
  ['html', 'invalid'],
  // A slow machine does not get as far as the limit on the size.
  ['huge', /^(invalid|timeout)$/],
  ['half-body', 'unreachable'],
  ['reset', 'unreachable'],
  ['foreign-choice', 'rule_chosen_id'],
  ['missing-candidate', 'rule_candidates'],
  ['zero-p', 'rule_probability'],
  ['bad-sum', 'rule_sum'],
  ['wrong-propensity', 'rule_propensity'],
]

t.test('whatever /score answers, there is a tip in time', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  await addTasks(world, world.ada.userId, [{ due: '2026-11-20' }, {}, {}])
  for (const [kind, reason] of SCORE_WEATHER) {
    await t.test(kind ?? '', async (t) => {
      world.ml.control.clear()
      t.equal((await tipInTime(t, world)).tip.source, 'model')
      world.ml.control.fault({ endpoint: 'score', kind })
      const { tip, row } = await tipInTime(t, world)
      t.match(tip, { source: 'rules', policy: 'rules', task: { id: /^todoist:/ } })
      t.match(row, { fallback_reason: reason, policy_version: '1', text_model: /./ })
      t.equal(row.candidates.find(({ id }) => id === row.chosen_id)?.p, row.propensity)
      const sum = row.candidates.reduce((total, { p }) => total + p, 0)
      t.ok(Math.abs(sum - 1) < 1e-9, 'the propensities are real')
    })
  }
})

t.test('whatever /generate answers, the tip has words', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  await addTasks(world, world.ada.userId, [{ content: 'Water the plants' }])
  for (const kind of ['slow', 'hang', '500', 'html', 'half-body', 'reset'] as const) {
    await t.test(kind, async (t) => {
      world.ml.control.clear()
      t.match((await tipInTime(t, world)).row.text_model, /./)
      world.ml.control.fault({ endpoint: 'generate', kind })
      const { tip, row } = await tipInTime(t, world)
      t.equal(tip.source, 'model', 'the decision stays')
      t.match(tip.text, /Water the plants/)
      t.equal(row.text_model, null)
    })
  }
})

t.test('when everything hangs, the tip comes within both deadlines', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  await addTasks(world, world.ada.userId, [{}])
  world.ml.control.fault({ endpoint: '*', kind: 'hang' })
  const { tip } = await tipInTime(t, world)
  t.equal(tip.source, 'rules')
})

t.test('when ml/serving is down, tips come at once', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  await addTasks(world, world.ada.userId, [{}])
  await world.ml.close()
  const { tip, row } = await tipInTime(t, world, 0)
  t.equal(tip.source, 'rules')
  t.equal(row.fallback_reason, 'unreachable')
})

t.test('after five failures in a row nobody waits, until one try finds it well', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  const { ml } = world
  await addTasks(world, world.ada.userId, [{}, {}])
  ml.control.fault({ endpoint: '*', kind: 'hang' })
  for (let i = 0; i < 5; i++) await recommend(world, { cookie: world.ada.cookie })
  ml.control.clear()
  for (let i = 0; i < 10; i++) {
    const { row } = await tipInTime(t, world, 0)
    t.equal(row.fallback_reason, 'circuit_open')
  }
  t.same(ml.control.requests('score'), [], 'an open breaker calls nobody')
  const ask = () => recommend(world, { cookie: world.ada.cookie })
  await until(async () => (await ask()).json().tip.source === 'model')
})

t.test('who waits for the try of a half-open breaker keeps within the deadlines', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  const { ml } = world
  await addTasks(world, world.ada.userId, [{}, {}])
  ml.control.fault({ endpoint: 'score', kind: 'hang' })
  for (let i = 0; i < 5; i++) await recommend(world, { cookie: world.ada.cookie })
  // The try takes nearly all of its time and succeeds; what comes after it is as slow.
  ml.control.fault({ endpoint: 'score', kind: 'slow', ms: SCORE_MS - 60 })
  await new Promise((resolve) => setTimeout(resolve, 5_100))
  const tips = await Promise.all([1, 2, 3, 4].map(() => tipInTime(t, world, SCORE_MS)))
  t.ok(tips.length === 4)
})

t.test('a shadow that is wrong fails nobody', async (t) => {
  const world = await startTips(t, TIMEOUTS)
  await addTasks(world, world.ada.userId, [{}, {}])
  await world.app.policies.refresh('f'.repeat(32))
  world.app.policies.inForce = async () => ({ active: 'linucb', shadows: ['thompson', 'nobody'] })
  const { tip } = await tipInTime(t, world)
  t.equal(tip.source, 'model')
  const shadows = await world.app.db
    .selectFrom('shadow_scores')
    .select(['name', 'status', 'choice_id', 'agreed'])
    .orderBy('name')
    .execute()
  t.match(shadows, [
    { name: 'nobody', status: 'error', choice_id: null, agreed: 0 },
    { name: 'thompson', status: 'ok' },
  ])
})
