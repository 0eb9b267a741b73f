import type { RunConfig } from './config.ts'
import { ACTIONS, type Action, REWARDS } from './judges/answer.ts'

/** `result.json` */
export interface RunResult {
  cumulative_reward: number
  /** Against an oracle that knows the users' preferences and always takes the tip with the greatest expected reward. */
  cumulative_regret: number
  /** Per tip. */
  mean_reward: number
  /** 95 % confidence interval of the mean reward, over users. */
  ci95: [number, number]
  /** How often each answer was given. */
  actions: Record<Action, number>
  seed: number
  policy: string
  judge: string
  users: number
  steps: number
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond, the normal one is near enough. */
const STUDENT_T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
]
const NORMAL = 1.96

const LEAST = REWARDS.dismiss
const MOST = REWARDS.done

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The 95 % confidence interval of the mean over users, within the range of rewards. Answers of one user depend on
 * each other, hence users and not tips are the sample. One user has no spread: the interval is the whole range.
 */
export function confidenceInterval(values: Float64Array): [number, number] {
  const n = values.length
  if (n < 2) return [LEAST, MOST]
  const centre = mean(values)
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1)
  const half = (STUDENT_T[n - 2] ?? NORMAL) * Math.sqrt(variance / n)
  return [Math.max(LEAST, centre - half), Math.min(MOST, centre + half)]
}

/** Six decimals: enough to compare runs by, and no digits that are only rounding noise. */
function round(value: number): number {
  return Number(value.toFixed(6))
}

/** Adds up a run, answer by answer. */
export class Tally {
  readonly #rewards: Float64Array
  #reward = 0
  #regret = 0
  readonly #actions = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<
    Action,
    number
  >

  constructor(users: number) {
    this.#rewards = new Float64Array(users)
  }

  add(user: number, action: Action, reward: number, regret: number): void {
    this.#rewards[user] = (this.#rewards[user] ?? 0) + reward
    this.#reward += reward
    this.#regret += regret
    this.#actions[action]++
  }

  /** Reward and regret so far. */
  sofar(): { reward: number; regret: number } {
    return { reward: round(this.#reward), regret: round(this.#regret) }
  }

  result({ policy, judge, users, steps, seed }: RunConfig): RunResult {
    const means = this.#rewards.map((sum) => sum / steps)
    const [low, high] = confidenceInterval(means)
    const { reward, regret } = this.sofar()
    return {
      cumulative_reward: reward,
      cumulative_regret: regret,
      mean_reward: round(this.#reward / (users * steps)),
      ci95: [round(low), round(high)],
      actions: this.#actions,
      seed,
      policy,
      judge,
      users,
      steps,
    }
  }
}
