/**
 * The rules policy: what decides when ml/serving is late, down or wrong.
 *
 * Pure and without state. The order is overdue (longest first), then due today, then priority, then age (oldest
 * first); a task tipped lately comes after all others. One tenth of the probability is spread over
 * every candidate, so that the logged propensities are real and the decision can be learned from.
 */
export const RULES_POLICY = { name: 'rules', version: '1' } as const

/** Share of the probability that is spread evenly over all candidates. */
export const RULES_EPSILON = 0.1

/** What the rules read of a candidate; more features may be present. */
export interface RulesFeatures {
  /** Days past its due date, 0 when not overdue. */
  overdue_days: number
  /** 1 when due on the user's current day, else 0. */
  due_today: number
  /** 1 (none) to 4 (most urgent). */
  priority: number
  /** Days since the task was added. */
  age_days: number
}

export interface RulesCandidate {
  id: string
  features: RulesFeatures
  /** Tipped lately: ranks after every candidate that was not. */
  lately?: boolean
}

export interface RulesScore {
  id: string
  /** Rank as a number in (0, 1]: 1 for the first, falling in even steps. */
  score: number
  /** Probability with which this candidate is drawn, in (0, 1]. */
  p: number
}

export interface RulesDecision {
  chosenId: string
  /** The chosen candidate's `p`. */
  propensity: number
  /** Every candidate once, best first; the `p` sum to 1. */
  scores: RulesScore[]
}

/** Compares two candidates: negative when `a` goes first. Equal ones keep the order they came in. */
function compare(a: RulesCandidate, b: RulesCandidate): number {
  return (
    Number(a.lately ?? false) - Number(b.lately ?? false) ||
    b.features.overdue_days - a.features.overdue_days ||
    b.features.due_today - a.features.due_today ||
    b.features.priority - a.features.priority ||
    b.features.age_days - a.features.age_days
  )
}

/**
 * Probability of drawing the candidate at `index` of `count`, when `best` is preferred and `epsilon` is spread over
 * all: 1 − ε + ε/n for the best, ε/n for each other.
 */
export function epsilonProbability(
  index: number,
  best: number,
  count: number,
  epsilon: number,
): number {
  return epsilon / count + (index === best ? 1 - epsilon : 0)
}

/**
 * Scores every candidate by the rules.
 *
 * @returns one score per candidate, best first; empty for no candidates
 */
export function scoreByRules(candidates: readonly RulesCandidate[]): RulesScore[] {
  const count = candidates.length
  return candidates.toSorted(compare).map((candidate, rank) => ({
    id: candidate.id,
    score: 1 - rank / count,
    p: epsilonProbability(rank, 0, count, RULES_EPSILON),
  }))
}

/**
 * Draws one of the scores with exactly the probabilities they state.
 *
 * @param random uniform in [0, 1)
 * @throws RangeError when there is nothing to draw from or `random` is outside [0, 1)
 */
export function draw<S extends { p: number }>(scores: readonly S[], random: number): S {
  if (!(random >= 0 && random < 1)) throw new RangeError('random must lie in [0, 1)')
  let passed = 0
  for (const score of scores) {
    passed += score.p
    if (random < passed) return score
  }
  // The sum of the p may fall short of 1 by a rounding error: what lies beyond belongs to the last.
  const last = scores.at(-1)
  if (last === undefined) throw new RangeError('there must be at least one candidate')
  return last
}

/**
 * Decides by the rules.
 *
 * @param random uniform in [0, 1); the same number gives the same choice
 * @throws RangeError for no candidates or a `random` outside [0, 1)
 */
export function decideByRules(
  candidates: readonly RulesCandidate[],
  random: number,
): RulesDecision {
  const scores = scoreByRules(candidates)
  const chosen = draw(scores, random)
  return { chosenId: chosen.id, propensity: chosen.p, scores }
}
