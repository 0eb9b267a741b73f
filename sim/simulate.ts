import { setImmediate as nextTurn } from 'node:timers/promises'
import { draw } from '../src/policies/rules.ts'
import type { RunConfig } from './config.ts'
import { SimulatedUser } from './environment/world.ts'
import { expectedReward } from './judges/answer.ts'
import type { Judge } from './judges/types.ts'
import { type Candidate, type Context, POLICIES, type Policy } from './policies/index.ts'
import { vectorOf } from './policies/vector.ts'
import { createRandom, type Random } from './random.ts'
import { type RunResult, Tally } from './result.ts'

/** Users that are asked and answered together; between two slices signals are handled. */
const SLICE = 100
/** Reports per run, at most. */
const REPORTS = 200

/** Where a run stands: `done` of `total` tips, and what they brought so far. */
export interface Report {
  done: number
  total: number
  reward: number
  regret: number
}

interface Choice {
  /** Index of the user. */
  at: number
  user: SimulatedUser
  context: Context
  chosen: Candidate
  /** Expected reward given up against the oracle's choice. */
  regret: number
}

/** Lets the policy choose a tip for the user. */
function choose(at: number, user: SimulatedUser, policy: Policy, random: Random): Choice {
  const { id: userId, context, persona } = user
  const candidates = user.candidates()
  const scores = policy.score({ userId, context, features: {}, candidates }, random)
  const { id } = draw(scores, random.next())
  const chosen = candidates.find((candidate) => candidate.id === id)
  if (chosen === undefined) throw new Error(`${policy.name} chose ${id}, which is no candidate`)
  const expected = (candidate: Candidate) => expectedReward(persona, context, user.tip(candidate))
  const best = Math.max(...candidates.map(expected))
  return { at, user, context, chosen, regret: best - expected(chosen) }
}

/** Has the judge answer the slice's choices, and passes the answers on to policy, users and tally. */
async function answer(
  choices: readonly Choice[],
  round: number,
  judge: Judge,
  policy: Policy,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const items = choices.map(({ user, context, chosen }) => ({
    id: `${user.id}:${round}`,
    persona: user.persona,
    context,
    tip: user.tip(chosen),
  }))
  const answers = await judge.answer(items, signal)
  choices.forEach(({ at, user, context, chosen, regret }, i) => {
    const given = answers[i]
    if (given === undefined) throw new Error('the judge left a tip without an answer')
    policy.learn(user.id, vectorOf(context, chosen.features), given.reward)
    user.answered(chosen.id, given.action)
    tally.add(at, given.action, given.reward, regret)
  })
}

/**
 * Runs a simulation: in each round every user gets one tip by the policy, answered by the judge.
 *
 * The config decides the result; time and machine do not.
 *
 * @param report called at most 200 times, the last time at the end
 * @throws the signal's reason when it is aborted; the judge's error when it has no answer
 */
export async function simulate(
  config: RunConfig,
  judge: Judge,
  report: (report: Report) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const policy = POLICIES[config.policy]()
  const random = createRandom(`${config.seed}:policy`)
  const users = Array.from(
    { length: config.users },
    (_, i) => new SimulatedUser(`u${i}`, createRandom(`${config.seed}:user:${i}`)),
  )
  const tally = new Tally(users.length)
  const total = config.users * config.steps
  let done = 0
  let reported = 0

  for (let round = 0; round < config.steps; round++) {
    for (let from = 0; from < users.length; from += SLICE) {
      await nextTurn()
      signal.throwIfAborted()
      const choices = users.slice(from, from + SLICE).map((user, i) => {
        user.advance(round)
        return choose(from + i, user, policy, random)
      })
      await answer(choices, round, judge, policy, tally, signal)
      done += choices.length
      const reached = Math.floor((done / total) * REPORTS)
      if (reached > reported) {
        reported = reached
        report({ done, total, ...tally.sofar() })
      }
    }
  }
  return tally.result(config)
}
