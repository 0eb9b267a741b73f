import t from 'tap'
import type { RunConfig } from '../../sim/config.ts'
import { createPersonaJudge } from '../../sim/judges/persona.ts'
import type { PolicyName } from '../../sim/policies/index.ts'
import { type Report, simulate } from '../../sim/simulate.ts'

const never = new AbortController().signal

function config(change: Partial<RunConfig>): RunConfig {
  return {
    run_id: 'r',
    policy: 'linucb',
    judge: 'persona',
    users: 80,
    steps: 60,
    seed: 1,
    ...change,
  }
}

function run(change: Partial<RunConfig>, report: (report: Report) => void = () => {}) {
  const whole = config(change)
  return simulate(whole, createPersonaJudge(whole.seed), report, never)
}

t.test('linucb and thompson clearly beat random, whatever the seed', async (t) => {
  for (const seed of [1, 2, 3]) {
    const random = await run({ policy: 'random', seed })
    for (const policy of ['linucb', 'thompson'] as const) {
      const learned = await run({ policy, seed })
      const facts = `${policy} ${learned.ci95} against random ${random.ci95}, seed ${seed}`
      t.ok(learned.ci95[0] > random.ci95[1], facts)
      t.ok(learned.cumulative_regret < random.cumulative_regret * 0.75, 'less regret')
    }
  }
})

t.test('learning shows: the second half brings more than the first', async (t) => {
  for (const policy of ['epsilon-greedy', 'linucb', 'thompson'] as const) {
    const reports: Report[] = []
    await run({ policy }, (report) => reports.push(report))
    const half = reports.find(({ done, total }) => done >= total / 2)
    const end = reports.at(-1)
    if (!half || !end) return t.fail('no reports')
    const before = half.regret / half.done
    const after = (end.regret - half.regret) / (end.done - half.done)
    t.ok(after < before, `${policy}: regret a tip ${before.toFixed(3)}, then ${after.toFixed(3)}`)
  }
})

t.test(
  'the same config gives the same result for every policy, another seed another',
  async (t) => {
    const names: PolicyName[] = ['random', 'rules', 'epsilon-greedy', 'linucb', 'thompson']
    for (const policy of names) {
      const small = { policy, users: 12, steps: 20 }
      const [a, b, c] = [await run(small), await run(small), await run({ ...small, seed: 2 })]
      t.equal(JSON.stringify(a), JSON.stringify(b), policy)
      t.not(a.cumulative_reward, c.cumulative_reward)
      t.equal(
        Object.values(a.actions).reduce((sum, count) => sum + count, 0),
        240,
      )
      t.ok(a.cumulative_regret >= 0, 'the oracle is not beaten on average')
      t.ok(a.ci95[0] <= a.mean_reward && a.mean_reward <= a.ci95[1])
    }
  },
)

t.test('reports are at most 200, rise, and end at the end', async (t) => {
  for (const [users, steps] of [
    [1, 1],
    [3, 1000],
    [250, 7],
  ] as const) {
    const reports: Report[] = []
    const result = await run({ policy: 'rules', users, steps }, (report) => reports.push(report))
    t.ok(reports.length <= 200, `${reports.length} reports`)
    t.ok(reports.every(({ done }, i) => done > (reports[i - 1]?.done ?? 0)))
    const { cumulative_reward: reward, cumulative_regret: regret } = result
    const total = users * steps
    t.strictSame(reports.at(-1), { done: total, total, reward, regret })
  }
})

t.test('it stops at once when told to', async (t) => {
  const cancel = new AbortController()
  const big = config({ users: 10_000, steps: 1000, policy: 'thompson' })
  const running = simulate(big, createPersonaJudge(1), () => {}, cancel.signal)
  setTimeout(() => cancel.abort(), 100)
  let abortedAt = 0
  cancel.signal.addEventListener('abort', () => {
    abortedAt = performance.now()
  })
  await t.rejects(running, { name: 'AbortError' })
  t.ok(performance.now() - abortedAt < 500)
})
