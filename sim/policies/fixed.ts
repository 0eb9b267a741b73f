import { RULES_POLICY, type RulesCandidate, scoreByRules } from '../../src/policies/rules.ts'
import type { Candidate, Policy } from './types.ts'

/** The parts of a policy that never learns. */
const FIXED = {
  kind: 'fixed',
  learn: () => {},
  isCold: () => false,
  reset: () => {},
} as const satisfies Partial<Policy>

/** Every candidate alike: the yardstick that each other policy must beat. */
export function createRandomPolicy(): Policy {
  return {
    ...FIXED,
    name: 'random',
    version: '1',
    score: ({ candidates }) =>
      candidates.map(({ id }) => ({ id, score: 0, p: 1 / candidates.length, q_hat: 0 })),
  }
}

function toRulesCandidate({ id, features, lately = false }: Candidate): RulesCandidate {
  const { overdue_days = 0, due_today = 0, priority = 1, age_days = 0 } = features
  return { id, lately, features: { overdue_days, due_today, priority, age_days } }
}

/** The server's own fallback, as it is. */
export function createRulesPolicy(): Policy {
  return {
    ...FIXED,
    ...RULES_POLICY,
    score: ({ candidates }) =>
      scoreByRules(candidates.map(toRulesCandidate)).map((scored) => ({ ...scored, q_hat: 0 })),
  }
}
