import {
  addOuter,
  addScaled,
  diagonal,
  dot,
  invert,
  type Matrix,
  multiply,
  quadratic,
  shermanMorrison,
  type Vector,
} from './linalg.ts'
import { DIMENSION } from './vector.ts'

/** Rewards and vectors seen so far, as the sums that ridge regression needs. */
class Sums {
  readonly #ridge: number
  /** ridge · I + Σ x xᵀ */
  readonly precision: Matrix
  inverse: Matrix
  /** Σ reward · x */
  readonly target: Vector = new Float64Array(DIMENSION)

  constructor(ridge: number) {
    this.#ridge = ridge
    this.precision = diagonal(DIMENSION, ridge)
    this.inverse = diagonal(DIMENSION, 1 / ridge)
  }

  add(x: Vector, reward: number): void {
    addOuter(this.precision, x, 1)
    shermanMorrison(this.inverse, x)
    this.shift(x, reward)
  }

  /** Changes the reward of a vector seen before by `by`. */
  shift(x: Vector, by: number): void {
    addScaled(this.target, x, by)
  }

  /** Takes away all that `part` saw, as if it had never been added. */
  subtract(part: Sums): void {
    addScaled(this.precision, part.precision, -1)
    addScaled(this.precision, diagonal(DIMENSION, part.#ridge), 1)
    addScaled(this.target, part.target, -1)
    this.inverse = invert(this.precision)
  }
}

/** How strongly a user is taken to be like the average user: what some `PRIOR_STRENGTH` answers would weigh. */
const PRIOR_STRENGTH = 2

/** Ridge of the model that all users share: weak, it soon follows the data. */
const SHARED_RIDGE = 1

/** A user's estimate at one moment: the posterior of a linear model, up to the noise's scale. */
export interface Estimate {
  /** Expected reward of a vector. */
  mean(x: Vector): number
  /** Posterior variance of that expectation, in units of the noise's variance. */
  variance(x: Vector): number
  /** The weights' posterior covariance, in the same units. */
  covariance: Matrix
  weights: Vector
}

/**
 * A linear model of the reward for each user, with one prior that all users share.
 *
 * The prior's mean θ₀ is the ridge regression over everyone's answers; a user's weights are then the posterior mean
 * (λ I + Σ x xᵀ)⁻¹ (λ θ₀ + Σ r x) over their own. A new user starts as the average one and moves away from it with
 * every answer, at a speed set by λ.
 */
export class LinearModel {
  readonly #shared = new Sums(SHARED_RIDGE)
  readonly #users = new Map<string, Sums>()
  #prior: Vector | undefined

  estimate(userId: string): Estimate {
    const prior = this.#priorMean()
    const user = this.#users.get(userId) ?? NOBODY
    const pull = Float64Array.from(user.target)
    addScaled(pull, prior, PRIOR_STRENGTH)
    const weights = multiply(user.inverse, pull)
    return {
      weights,
      covariance: user.inverse,
      mean: (x) => dot(weights, x),
      variance: (x) => quadratic(user.inverse, x),
    }
  }

  /** Learns one reward; `replaces` is an earlier reward for the same vector, which gives way to this one. */
  learn(userId: string, x: Vector, reward: number, replaces?: number): void {
    let user = this.#users.get(userId)
    if (user === undefined) {
      user = new Sums(PRIOR_STRENGTH)
      this.#users.set(userId, user)
    }
    for (const sums of [user, this.#shared]) {
      if (replaces === undefined) sums.add(x, reward)
      else sums.shift(x, reward - replaces)
    }
    this.#prior = undefined
  }

  knows(userId: string): boolean {
    return this.#users.has(userId)
  }

  /** Forgets the user's answers, in the shared prior too. */
  forget(userId: string): void {
    const user = this.#users.get(userId)
    if (user === undefined) return
    this.#users.delete(userId)
    this.#shared.subtract(user)
    this.#prior = undefined
  }

  #priorMean(): Vector {
    this.#prior ??= multiply(this.#shared.inverse, this.#shared.target)
    return this.#prior
  }
}

/** What is known of a user who never answered. */
const NOBODY = new Sums(PRIOR_STRENGTH)
