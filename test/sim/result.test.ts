import t from 'tap'
import { confidenceInterval, Tally } from '../../sim/result.ts'

const config = {
  run_id: 'r',
  policy: 'rules',
  judge: 'persona',
  users: 2,
  steps: 2,
  seed: 9,
} as const

t.test('the tally adds up to the result', async (t) => {
  const tally = new Tally(2)
  tally.add(0, 'done', 1, 0)
  tally.add(1, 'dismiss', -0.5, 0.4)
  t.strictSame(tally.sofar(), { reward: 0.5, regret: 0.4 })
  tally.add(0, 'helpful', 0.7, 0.1)
  tally.add(1, 'snooze', 0.1, 0.2)
  const result = tally.result(config)
  t.match(result, {
    cumulative_reward: 1.3,
    cumulative_regret: 0.7,
    mean_reward: 0.325,
    actions: { done: 1, helpful: 1, snooze: 1, viewed: 0, not_helpful: 0, dismiss: 1 },
    seed: 9,
    policy: 'rules',
    judge: 'persona',
    users: 2,
    steps: 2,
  })
  t.notOk('run_id' in result, 'the same config under another id gives the same bytes')
})

t.test('the interval is Student’s over users', async (t) => {
  // 0.1 … 0.5: mean 0.3, standard deviation 0.1581, t = 2.776 at 4 degrees of freedom.
  const [low, high] = confidenceInterval(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5))
  t.ok(Math.abs(low - (0.3 - 0.19628)) < 1e-4)
  t.ok(Math.abs(high - (0.3 + 0.19628)) < 1e-4)
  const many = Float64Array.from({ length: 400 }, (_, i) => (i % 2 ? 0.2 : 0.4))
  const [from, to] = confidenceInterval(many)
  t.ok(Math.abs(to - from - 2 * 1.96 * (0.1 / Math.sqrt(399))) < 1e-6)
})

t.test('it never claims more than the data allow', async (t) => {
  t.strictSame(confidenceInterval(Float64Array.of(0.3)), [-0.5, 1], 'one user: the whole range')
  t.strictSame(confidenceInterval(Float64Array.of(-0.5, 1)), [-0.5, 1])
})
