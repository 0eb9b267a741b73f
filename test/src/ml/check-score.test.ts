import t from 'tap'
import { checkScore, checkShadows, type ScoreRule } from '../../../src/ml/check-score.ts'
import type { ScoreAnswer, ScoreRequest } from '../../../src/ml/wire.ts'

const request: ScoreRequest = {
  decision_id: 'd1',
  user_id: 'u1',
  seed: 'd1',
  context: { hour: 9, dow: 2 },
  features: {},
  candidates: [
    { id: 'a', features: {} },
    { id: 'b', features: {} },
  ],
  active: 'linucb',
  shadows: ['thompson', 'random'],
}

const scored = (...pairs: [string, number][]) => pairs.map(([id, p]) => ({ id, score: 1, p }))

const answer = (change: Partial<ScoreAnswer> & { scores?: ReturnType<typeof scored> } = {}) => {
  const { scores = scored(['a', 0.9], ['b', 0.1]), ...rest } = change
  return {
    decision_id: 'd1',
    chosen_id: 'a',
    propensity: 0.9,
    active: { name: 'linucb', version: '3', scores },
    shadows: [],
    ...rest,
  }
}

t.test('an answer that keeps the rules passes, rounding included', async (t) => {
  t.doesNotThrow(() => checkScore(answer(), request))
  const rounded = answer({ scores: scored(['b', 0.1], ['a', 0.9000005]) })
  t.doesNotThrow(() => checkScore(rounded, request))
})

const BROKEN: [string, ScoreRule, ScoreAnswer][] = [
  ['another decision', 'decision_id', answer({ decision_id: 'd2' })],
  ['a choice that is no candidate', 'chosen_id', answer({ chosen_id: 'c' })],
  ['a candidate too few', 'candidates', answer({ scores: scored(['a', 1]), propensity: 1 })],
  [
    'a candidate twice',
    'candidates',
    answer({ scores: scored(['a', 0.9], ['b', 0.05], ['b', 0.05]) }),
  ],
  ['one instead of another', 'candidates', answer({ scores: scored(['a', 0.9], ['c', 0.1]) })],
  [
    'a stranger on top',
    'candidates',
    answer({ scores: scored(['a', 0.9], ['b', 0.05], ['c', 0.05]) }),
  ],
  ['no scores', 'candidates', answer({ scores: [] })],
  ['a zero', 'probability', answer({ scores: scored(['a', 1], ['b', 0]), propensity: 1 })],
  ['a negative', 'probability', answer({ scores: scored(['a', 1], ['b', -0.1]), propensity: 1 })],
  ['more than one', 'probability', answer({ scores: scored(['a', 1.1], ['b', 0.1]) })],
  ['a sum that is short', 'sum', answer({ scores: scored(['a', 0.9], ['b', 0.09]) })],
  ['another propensity', 'propensity', answer({ propensity: 0.1 })],
]

for (const [name, rule, broken] of BROKEN) {
  t.test(`${name} is refused`, async (t) => {
    t.throws(() => checkScore(broken, request), { name: 'ScoreRefused', rule })
  })
}

t.test('each shadow stands for itself', async (t) => {
  const good = {
    name: 'thompson',
    version: '1',
    status: 'ok',
    choice_id: 'b',
    scores: scored(['a', 0.3], ['b', 0.7]),
  }
  t.match(checkShadows([{ name: 'random', status: 'error' }, good], request), [
    { name: 'thompson', version: '1', status: 'ok', choiceId: 'b', scores: good.scores },
    { name: 'random', version: null, status: 'error', choiceId: null, scores: [] },
  ])
  const wrong = { ...good, scores: scored(['a', 0.3], ['b', 0.6]) }
  t.match(checkShadows([wrong], request)[0], { status: 'error', version: '1', scores: [] })
  const uninvited = { ...good, name: 'somebody' }
  t.equal(checkShadows([uninvited], request).length, 2)
  for (const nonsense of [undefined, null, 'none', {}, [null, 7]]) {
    const statuses = checkShadows(nonsense, request).map(({ status }) => status)
    t.same(statuses, ['error', 'error'])
  }
})
