import { epsilonProbability } from '../../src/policies/rules.ts'
import { argmax, createLearningPolicy } from './learning.ts'
import type { Policy } from './types.ts'

const EPSILON = 0.1

/** Takes the greatest estimated reward, and with probability ε any candidate. */
export function createEpsilonGreedy(): Policy {
  return createLearningPolicy('epsilon-greedy', '1', (estimate, vectors) => {
    const means = vectors.map(estimate.mean)
    const best = argmax(means)
    return means.map((score, i) => ({
      score,
      p: epsilonProbability(i, best, means.length, EPSILON),
    }))
  })
}
