import type { Random } from '../random.ts'
import type { Vector } from './linalg.ts'
import { type Estimate, LinearModel } from './linear-model.ts'
import type { Decision, Policy, Scored } from './types.ts'
import { vectorOf } from './vector.ts'

/** Score and probability of each candidate, in order. */
export type Preference = Pick<Scored, 'score' | 'p'>

/** How a policy turns an estimate into probabilities: all in which the learning policies differ. */
export type Prefer = (estimate: Estimate, vectors: Vector[], random: Random) => Preference[]

/** A policy that learns a linear model of the reward and prefers candidates by `prefer`. */
export function createLearningPolicy(name: string, version: string, prefer: Prefer): Policy {
  const model = new LinearModel()
  return {
    name,
    version,
    kind: 'learning',
    score({ userId, context, candidates }: Decision, random: Random): Scored[] {
      const estimate = model.estimate(userId)
      const vectors = candidates.map(({ features }) => vectorOf(context, features))
      return prefer(estimate, vectors, random).map((preference, i) => ({
        id: candidates[i]?.id ?? '',
        ...preference,
        q_hat: estimate.mean(vectors[i] ?? new Float64Array()),
      }))
    },
    learn: (userId, x, reward, replaces) => model.learn(userId, x, reward, replaces),
    isCold: (userId) => !model.knows(userId),
    reset: (userId) => model.forget(userId),
  }
}

/** Position of the greatest number; the first of equals. */
export function argmax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values))
}
