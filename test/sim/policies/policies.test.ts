import t, { type Test } from 'tap'
import { POLICIES, type PolicyName, type Scored } from '../../../sim/policies/index.ts'
import { DIMENSION, dayPart, vectorOf } from '../../../sim/policies/vector.ts'
import { createRandom } from '../../../sim/random.ts'
import { scoreByRules } from '../../../src/policies/rules.ts'

const LEARNING = ['epsilon-greedy', 'linucb', 'thompson'] as const
const NAMES = Object.keys(POLICIES) as PolicyName[]
const context = { hour: 9, dow: 1 }

const urgent = { id: 'urgent', features: { overdue_days: 3, priority: 4, age_days: 5 } }
const chore = { id: 'chore', features: { priority: 1, is_recurring: 1, age_days: 1 } }
const plain = { id: 'plain', features: { priority: 2, has_due: 1, due_in_days: 2 } }
const candidates = [urgent, chore, plain]

const decision = (userId = 'u1', of = candidates) => ({
  userId,
  context,
  features: {},
  candidates: of,
})
const of = (scores: Scored[], id: string) => scores.find((scored) => scored.id === id) as Scored
const x = ({ features }: { features: Record<string, number> }) => vectorOf(context, features)
const seeded = () => createRandom('test')

function valid(t: Test, scores: Scored[], count: number, name: string) {
  t.equal(new Set(scores.map(({ id }) => id)).size, count, `${name}: every candidate once`)
  t.ok(Math.abs(scores.reduce((sum, { p }) => sum + p, 0) - 1) < 1e-6, `${name}: p sum to 1`)
  t.ok(
    scores.every(({ p }) => p > 0 && p <= 1),
    `${name}: p in (0, 1]`,
  )
}

t.test('every policy states true propensities for 1 to 50 candidates', async (t) => {
  for (const name of NAMES) {
    const policy = POLICIES[name]()
    t.equal(policy.name, name)
    t.match(policy.version, /^\d+$/)
    for (const count of [1, 2, 50]) {
      const many = Array.from({ length: count }, (_, i) => ({
        id: `c${i}`,
        features: { priority: 1 + (i % 4), age_days: i },
      }))
      valid(t, policy.score(decision('u1', many as typeof candidates), seeded()), count, name)
    }
  }
})

t.test('the same stream gives the same scores', async (t) => {
  for (const name of NAMES) {
    const policy = POLICIES[name]()
    t.strictSame(policy.score(decision(), seeded()), policy.score(decision(), seeded()), name)
  }
})

t.test('random gives each the same chance, rules are the server’s own', async (t) => {
  for (const { p } of POLICIES.random().score(decision(), seeded())) t.equal(p, 1 / 3)
  const lately = candidates.map((one) => ({ ...one, lately: one.id === 'urgent' }))
  const own = scoreByRules(
    lately.map(({ id, features, lately }) => ({
      id,
      lately,
      features: { overdue_days: 0, due_today: 0, age_days: 0, ...features },
    })),
  )
  t.match(POLICIES.rules().score(decision('u1', lately as typeof candidates), seeded()), own)
  t.equal(own.at(-1)?.id, 'urgent')
})

t.test(
  'answers move the estimate towards the reward, most of all for whom they are from',
  async (t) => {
    for (const name of LEARNING) {
      const policy = POLICIES[name]()
      t.equal(policy.isCold('u1'), true)
      for (let i = 0; i < 8; i++) {
        policy.learn('u1', x(chore), 1)
        policy.learn('u1', x(urgent), -0.5)
      }
      t.equal(policy.isCold('u1'), false)
      const mine = policy.score(decision(), seeded())
      t.ok(Math.abs(of(mine, 'chore').q_hat - 1) < 0.15, `${name}: q_hat near 1`)
      t.ok(Math.abs(of(mine, 'urgent').q_hat + 0.5) < 0.15, `${name}: q_hat near −0.5`)
      t.ok(of(mine, 'chore').p > 0.8 && of(mine, 'urgent').p < 0.1, `${name}: p follow`)
      const theirs = policy.score(decision('u2'), seeded())
      t.equal(policy.isCold('u2'), true)
      t.ok(of(theirs, 'chore').q_hat > 0.3, `${name}: a stranger starts from the shared prior`)
      t.ok(of(theirs, 'chore').q_hat <= of(mine, 'chore').q_hat)
    }
  },
)

t.test('linucb and thompson try what they do not know, epsilon-greedy does not', async (t) => {
  const tried = (name: PolicyName) => {
    const policy = POLICIES[name]()
    // Well known and middling, against never seen: the estimate alone speaks for the known one.
    for (let i = 0; i < 40; i++) policy.learn('u1', x(urgent), 0.15)
    const scores = policy.score(decision('u1', [urgent, chore]), seeded())
    t.ok(of(scores, 'urgent').q_hat > of(scores, 'chore').q_hat, name)
    return of(scores, 'chore').p
  }
  t.ok(tried('linucb') > 0.9)
  t.ok(tried('thompson') > 0.2)
  t.ok(tried('epsilon-greedy') < 0.1)
})

t.test('a reward that replaces another leaves no trace of it', async (t) => {
  for (const name of LEARNING) {
    const [corrected, straight] = [POLICIES[name](), POLICIES[name]()]
    corrected.learn('u1', x(chore), 0)
    corrected.learn('u1', x(chore), 1, 0)
    straight.learn('u1', x(chore), 1)
    const q = (policy: typeof straight) => of(policy.score(decision(), seeded()), 'chore').q_hat
    t.ok(Math.abs(q(corrected) - q(straight)) < 1e-12, name)
  }
})

t.test('a reset takes a user’s answers out of the shared prior, and nobody else’s', async (t) => {
  for (const name of LEARNING) {
    const [reset, never] = [POLICIES[name](), POLICIES[name]()]
    for (const policy of [reset, never]) policy.learn('u2', x(plain), 0.7)
    for (let i = 0; i < 20; i++) reset.learn('u1', x(chore), 1)
    reset.reset('u1')
    reset.reset('nobody')
    t.equal(reset.isCold('u1'), true)
    for (const user of ['u1', 'u2']) {
      const [a, b] = [reset, never].map((policy) => policy.score(decision(user), seeded()))
      for (const { id } of candidates) {
        const gap = of(a as Scored[], id).q_hat - of(b as Scored[], id).q_hat
        t.ok(Math.abs(gap) < 1e-9, `${name} ${user} ${id}`)
      }
    }
  }
})

t.test('the vector is bounded and tells the parts of the day apart', async (t) => {
  const extreme = { overdue_days: 1e6, priority: 9, age_days: 1e6, shown_7d: 1e6, is_recurring: 1 }
  for (const features of [{}, extreme, { overdue_days: -5, priority: 0 }]) {
    const vector = vectorOf(context, features)
    t.equal(vector.length, DIMENSION)
    t.ok(vector.every((value) => value >= 0 && value <= 1))
  }
  const at = (hour: number) => vectorOf({ hour, dow: 1 }, urgent.features)
  t.strictSame(at(6), at(11))
  t.notSame(at(9), at(19))
  t.strictSame([23, 4, 5, 12, 17, 22].map(dayPart), [
    'night',
    'night',
    'morning',
    'afternoon',
    'evening',
    'night',
  ])
})
