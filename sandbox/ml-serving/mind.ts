import { POLICIES } from '../../sim/policies/index.ts'
import type { Policy } from '../../sim/policies/types.ts'
import { Learner } from './learner.ts'

/** What the service knows: its policies by name, and what teaches them. */
export interface Mind {
  policies: ReadonlyMap<string, Policy>
  learner: Learner
}

/** One that has learnt nothing yet. */
export function createMind(): Mind {
  const policies = new Map<string, Policy>(
    Object.entries(POLICIES).map(([name, create]) => [name, create()]),
  )
  return { policies, learner: new Learner(policies.values()) }
}
