import type { Random } from '../random.ts'
import { argmax, createLearningPolicy } from './learning.ts'
import { cholesky, dot, multiplyTransposed, type Vector } from './linalg.ts'
import type { Estimate } from './linear-model.ts'
import type { Policy } from './types.ts'

/** Standard deviation of the posterior draws: of the order of the reward's own noise. */
const SPREAD = 0.25

/** Posterior draws per decision; a candidate's share of wins is known to about ± 0.05. */
const DRAWS = 64

/** Spread evenly over all candidates: one that won no draw must still have a propensity above 0. */
const FLOOR = 0.05

/**
 * How many posterior draws each candidate wins. A draw of the weights is w = mean + SPREAD · L z with z standard normal
 * and L Lᵀ the covariance; x · w is then x · mean + SPREAD · (Lᵀ x) · z, where only z differs between draws.
 */
function countWins(estimate: Estimate, vectors: Vector[], random: Random): Uint32Array {
  const factor = cholesky(estimate.covariance)
  const means = vectors.map(estimate.mean)
  const directions = vectors.map((x) => multiplyTransposed(factor, x))
  const wins = new Uint32Array(vectors.length)
  const z = new Float64Array(estimate.weights.length)
  for (let i = 0; i < DRAWS; i++) {
    for (let k = 0; k < z.length; k++) z[k] = random.normal()
    const winner = argmax(
      directions.map((direction, j) => (means[j] ?? 0) + SPREAD * dot(direction, z)),
    )
    wins[winner] = (wins[winner] ?? 0) + 1
  }
  return wins
}

/**
 * Linear Thompson sampling (Agrawal and Goyal 2013). The probability that a candidate is the best under the
 * posterior has no closed form: it is estimated from seeded draws, and the choice is then drawn from exactly these
 * estimated probabilities, so the propensities that are logged are the true ones.
 */
export function createThompson(): Policy {
  return createLearningPolicy('thompson', '1', (estimate, vectors, random) => {
    const share = FLOOR / vectors.length
    return Array.from(countWins(estimate, vectors, random), (wins, i) => ({
      score: vectors[i] === undefined ? 0 : estimate.mean(vectors[i]),
      p: share + ((1 - FLOOR) * wins) / DRAWS,
    }))
  })
}
