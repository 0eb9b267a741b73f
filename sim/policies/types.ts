import type { Random } from '../random.ts'
import type { Vector } from './linalg.ts'

/** When the decision is made, in the user's time zone. */
export interface Context {
  /** 0–23 */
  hour: number
  /** 0 (Sunday) to 6 */
  dow: number
}

/** A candidate's features by name; those a policy does not know it ignores, those missing count as 0. */
export type CandidateFeatures = Readonly<Record<string, number>>

export interface Candidate {
  id: string
  features: CandidateFeatures
  /** Tipped lately and not answered; only `rules` looks at it. */
  lately?: boolean
}

/** One user feature with its age in seconds when it was sent. */
export interface UserFeature {
  value: unknown
  age_s: number
  status: string
}

export interface Decision {
  userId: string
  context: Context
  /** Features of the user: equal for all candidates, so a policy that compares candidates does not need them. */
  features: Readonly<Record<string, UserFeature>>
  candidates: readonly Candidate[]
}

/** What a policy says of one candidate. */
export interface Scored {
  id: string
  /** What the policy ranks by; comparable within one decision only. */
  score: number
  /** Probability with which it is drawn, in (0, 1]; a decision's sum to 1 ± 1e-6. */
  p: number
  /** Expected reward as the policy estimates it; 0 for a policy that estimates none. */
  q_hat: number
}

export type PolicyKind = 'fixed' | 'learning'

/** A policy with its state for each user. */
export interface Policy {
  readonly name: string
  readonly version: string
  readonly kind: PolicyKind
  /** Scores every candidate once; draws from `random` only what its `p` need. */
  score(decision: Decision, random: Random): Scored[]
  /**
   * Learns one answer.
   *
   * @param x the chosen candidate's vector (`vectorOf`)
   * @param replaces a reward learned before for the same decision, which this one takes the place of
   */
  learn(userId: string, x: Vector, reward: number, replaces?: number): void
  /** Whether nothing has been learned of the user yet. */
  isCold(userId: string): boolean
  /** Forgets what was learned of the user, also what it added to the prior that all users share. */
  reset(userId: string): void
}
