import t from 'tap'
import { createPersona } from '../../sim/environment/persona.ts'
import { SimulatedUser } from '../../sim/environment/world.ts'
import { ACTIONS, answerTip, expectedReward, REWARDS, type Tip } from '../../sim/judges/answer.ts'
import { createRandom } from '../../sim/random.ts'

const context = { hour: 9, dow: 1 }
const tip = (features: Record<string, number>): Tip => ({ project: 'work', features })

t.test('the rewards are those of version r1, from the least welcome answer up', async (t) => {
  t.strictSame(Object.entries(REWARDS), [
    ['dismiss', -0.5],
    ['not_helpful', -0.3],
    ['viewed', 0],
    ['snooze', 0.1],
    ['helpful', 0.7],
    ['done', 1],
  ])
})

t.test('the expected reward is what the answers average to', async (t) => {
  const random = createRandom('answers')
  for (let i = 0; i < 5; i++) {
    const persona = createPersona(random)
    const some = tip({ priority: 1 + (i % 4), overdue_days: i, is_recurring: i % 2 })
    const answers = Array.from({ length: 20_000 }, () =>
      answerTip(persona, context, some, random.next()),
    )
    const mean = answers.reduce((sum, { reward }) => sum + reward, 0) / answers.length
    t.ok(Math.abs(mean - expectedReward(persona, context, some)) < 0.02, persona.kind)
    t.ok(answers.every(({ action, reward }) => REWARDS[action] === reward))
  }
})

t.test('the luckier the number, the more welcome the answer', async (t) => {
  const persona = createPersona(createRandom('one'))
  const answers = Array.from(
    { length: 100 },
    (_, i) => answerTip(persona, context, tip({ priority: 2 }), i / 100).action,
  )
  const ranks = answers.map((action) => ACTIONS.indexOf(action))
  t.strictSame(ranks, ranks.toSorted())
  t.strictSame(new Set(answers), new Set(ACTIONS), 'each answer can be given')
})

t.test('people want different things, and tire of the same thing', async (t) => {
  const random = createRandom('people')
  const people = Array.from({ length: 100 }, () => createPersona(random))
  const [urgent, chore] = [tip({ priority: 4 }), tip({ priority: 1, is_recurring: 1 })]
  const forUrgent = people.filter(
    (one) => expectedReward(one, context, urgent) > expectedReward(one, context, chore),
  )
  t.ok(forUrgent.length > 20 && forUrgent.length < 80, `${forUrgent.length} of 100`)
  for (const one of people) {
    const again = expectedReward(one, context, tip({ priority: 4, shown_7d: 2 }))
    t.ok(again <= expectedReward(one, context, urgent))
    const often = answerTip(one, context, tip({ priority: 4, shown_7d: 4 }), 0.99)
    t.equal(often.action, 'dismiss')
  }
})

t.test('a user’s tasks age, fall overdue, are tipped and get done', async (t) => {
  const user = new SimulatedUser('u', createRandom('world'))
  user.advance(0)
  const [first] = user.candidates()
  if (first === undefined) return t.fail('no task')
  user.answered(first.id, 'snooze')
  const shown = () => user.candidates().find(({ id }) => id === first.id)
  t.equal(shown()?.features.shown_7d, 1)
  t.equal(shown()?.lately, false)
  user.answered(first.id, 'viewed')
  t.equal(shown()?.features.shown_7d, 2)
  t.equal(user.candidates().at(-1)?.id, first.id, 'seen and unanswered: last')
  user.answered(first.id, 'done')
  const after = shown()
  t.ok(after === undefined || after.features.shown_7d === 0, 'gone, or back as new')
  t.throws(() => user.answered('nothing', 'done'), { message: /no task nothing/ })
})

t.test('for a year there is always something to tip, with features that make sense', async (t) => {
  const user = new SimulatedUser('u', createRandom('year'))
  const random = createRandom('pick')
  const hours = new Set<number>()
  let overdue = 0
  let dueToday = 0
  for (let round = 0; round < 3 * 365; round++) {
    user.advance(round)
    const candidates = user.candidates()
    if (candidates.length < 5 || candidates.length > 20) t.fail(`${candidates.length} candidates`)
    for (const { features: f } of candidates) {
      const late = (f.overdue_days ?? 0) > 0
      if (late && (!f.has_due || f.due_today || f.due_in_days)) t.fail('overdue and not due')
      if (f.due_today && (!f.has_due || f.due_in_days)) t.fail('due today and later')
      if (!((f.age_days ?? -1) >= 0 && (f.priority ?? 0) >= 1 && (f.priority ?? 9) <= 4)) {
        t.fail('age or priority out of range')
      }
      overdue += Number(late)
      dueToday += f.due_today ?? 0
    }
    hours.add(user.context.hour)
    const chosen = candidates[random.below(candidates.length)]
    if (chosen) user.answered(chosen.id, ACTIONS[random.below(ACTIONS.length)] ?? 'viewed')
  }
  t.ok(overdue > 100 && dueToday > 100)
  t.ok(hours.size > 12 && !hours.has(3), 'by day, at various hours')
})
