import { epsilonProbability } from '../../src/policies/rules.ts'
import { argmax, createLearningPolicy } from './learning.ts'
import type { Policy } from './types.ts'

/** Standard deviations of optimism: wide enough to try the unknown, narrow enough to settle within some 20 answers. */
const ALPHA = 0.35

/** Smooths the arg max, whose propensities would otherwise be 0 and 1 and of no use to off-policy estimates. */
const EPSILON = 0.05

/** LinUCB (Li et al. 2010) with a model for each user: the greatest upper confidence bound of the reward. */
export function createLinUcb(): Policy {
  return createLearningPolicy('linucb', '1', (estimate, vectors) => {
    const bounds = vectors.map((x) => estimate.mean(x) + ALPHA * Math.sqrt(estimate.variance(x)))
    const best = argmax(bounds)
    return bounds.map((score, i) => ({
      score,
      p: epsilonProbability(i, best, bounds.length, EPSILON),
    }))
  })
}
