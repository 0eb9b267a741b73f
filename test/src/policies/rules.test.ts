import t from 'tap'
import {
  decideByRules,
  draw,
  RULES_POLICY,
  type RulesCandidate,
  type RulesFeatures,
  scoreByRules,
} from '../../../src/policies/rules.ts'

const plain: RulesFeatures = { overdue_days: 0, due_today: 0, priority: 1, age_days: 0 }

function task(id: string, features: Partial<RulesFeatures> = {}, lately?: boolean): RulesCandidate {
  const candidate = { id, features: { ...plain, ...features } }
  return lately === undefined ? candidate : { ...candidate, lately }
}

const order = (candidates: RulesCandidate[]) => scoreByRules(candidates).map(({ id }) => id)

t.test('the policy has a name and a version to log', async (t) => {
  t.strictSame(RULES_POLICY, { name: 'rules', version: '1' })
})

t.test('overdue goes before due today, priority and age, in that order', async (t) => {
  t.strictSame(
    order([
      task('old', { age_days: 400 }),
      task('urgent', { priority: 4 }),
      task('today', { due_today: 1 }),
      task('overdue', { overdue_days: 1 }),
      task('long overdue', { overdue_days: 9 }),
    ]),
    ['long overdue', 'overdue', 'today', 'urgent', 'old'],
  )
})

t.test('each rule breaks the tie of the one before it', async (t) => {
  const overdue = { overdue_days: 2 }
  t.strictSame(
    order([
      task('low', { ...overdue, priority: 2, age_days: 1 }),
      task('low, older', { ...overdue, priority: 2, age_days: 30 }),
      task('high', { ...overdue, priority: 4 }),
      task('today too', { ...overdue, due_today: 1 }),
    ]),
    ['today too', 'high', 'low, older', 'low'],
  )
})

t.test('equal tasks keep the order they came in', async (t) => {
  t.strictSame(order([task('b'), task('a'), task('c')]), ['b', 'a', 'c'])
})

t.test('a task tipped lately and unanswered comes after all others', async (t) => {
  const lately = task('burning', { overdue_days: 30, priority: 4 }, true)
  const calmer = task('also lately', { overdue_days: 3 }, true)
  t.strictSame(order([calmer, lately, task('calm'), task('said so', {}, false)]), [
    'calm',
    'said so',
    'burning',
    'also lately',
  ])
})

t.test('the probabilities are 0.9 + 0.1/n for the first and 0.1/n for the others', async (t) => {
  for (const n of [1, 2, 7, 50]) {
    const candidates = Array.from({ length: n }, (_, i) => task(`t${i}`, { age_days: i }))
    const scores = scoreByRules(candidates)
    t.equal(new Set(scores.map(({ id }) => id)).size, n, 'every candidate once')
    t.ok(Math.abs(scores.reduce((sum, { p }) => sum + p, 0) - 1) < 1e-12, 'sum to 1')
    t.ok(Math.abs((scores[0]?.p ?? 0) - (0.9 + 0.1 / n)) < 1e-12)
    t.ok(scores.slice(1).every(({ p }) => Math.abs(p - 0.1 / n) < 1e-12))
    t.ok(
      scores.every(({ score }, i) => i === 0 || score < (scores[i - 1]?.score ?? 0)),
      'scores fall with the rank',
    )
  }
})

t.test('the draw takes each candidate as often as its propensity says', async (t) => {
  const candidates = [task('a', { priority: 3 }), task('b'), task('c', { priority: 2 })]
  const grid = 3000
  const taken = new Map<string, number>()
  for (let i = 0; i < grid; i++) {
    const { chosenId, propensity, scores } = decideByRules(candidates, i / grid)
    if (propensity !== scores.find(({ id }) => id === chosenId)?.p) t.fail('not its own p')
    taken.set(chosenId, (taken.get(chosenId) ?? 0) + 1)
  }
  t.ok(Math.abs((taken.get('a') ?? 0) - 2800) <= 1)
  t.ok(Math.abs((taken.get('b') ?? 0) - 100) <= 1)
  t.ok(Math.abs((taken.get('c') ?? 0) - 100) <= 1)
})

t.test('the same number gives the same choice, and the input is left alone', async (t) => {
  const candidates = Object.freeze([task('a'), task('b', { priority: 4 })])
  t.strictSame(decideByRules(candidates, 0.42), decideByRules(candidates, 0.42))
  t.strictSame(
    candidates.map(({ id }) => id),
    ['a', 'b'],
  )
})

t.test('a rounding gap at the end of the sum falls to the last candidate', async (t) => {
  const scores = Array.from({ length: 3 }, (_, id) => ({ id, p: 0.33333333 }))
  t.equal(draw(scores, 1 - Number.EPSILON).id, 2)
})

t.test('nothing to choose from and a bad random number are errors', async (t) => {
  t.throws(() => decideByRules([], 0.5), { name: 'RangeError', message: /at least one candidate/ })
  for (const random of [-0.1, 1, Number.NaN]) {
    t.throws(() => decideByRules([task('a')], random), { name: 'RangeError', message: /\[0, 1\)/ })
  }
})
