import { createEpsilonGreedy } from './epsilon-greedy.ts'
import { createRandomPolicy, createRulesPolicy } from './fixed.ts'
import { createLinUcb } from './linucb.ts'
import { createThompson } from './thompson.ts'
import type { Policy } from './types.ts'

export type { Candidate, Context, Decision, Policy, Scored } from './types.ts'

/** Every policy by name; a call makes one that has learned nothing. */
export const POLICIES = {
  random: createRandomPolicy,
  rules: createRulesPolicy,
  'epsilon-greedy': createEpsilonGreedy,
  linucb: createLinUcb,
  thompson: createThompson,
} as const satisfies Record<string, () => Policy>

export type PolicyName = keyof typeof POLICIES
