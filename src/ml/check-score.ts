import { TypeCompiler } from '@sinclair/typebox/compiler'
import { type ScoreAnswer, type ScoreRequest, ShadowAnswer, type WireScore } from './wire.ts'

/** The rules of an answer to `/score`, beyond its shape. */
export type ScoreRule =
  /** The answer is about another decision. */
  | 'decision_id'
  /** What was chosen is no candidate. */
  | 'chosen_id'
  /** Every candidate is scored once, and nothing else is. */
  | 'candidates'
  /** A probability lies in (0, 1]. */
  | 'probability'
  /** The probabilities of a policy sum to 1, ±1e-6. */
  | 'sum'
  /** The propensity is the probability of what was chosen. */
  | 'propensity'

/** An answer that has the right shape and is wrong. */
export class ScoreRefused extends Error {
  readonly rule: ScoreRule

  constructor(rule: ScoreRule) {
    super(`ml/serving score: breaks the rule ${rule}`)
    this.name = 'ScoreRefused'
    this.rule = rule
  }
}

/** What a shadow policy would have done, or that it gave no usable answer. */
export interface ShadowVerdict {
  name: string
  version: string | null
  status: 'ok' | 'error'
  choiceId: string | null
  scores: WireScore[]
}

const TOLERANCE = 1e-6
const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE

/**
 * Refuses an answer that breaks a rule: a wrong probability in the log could not be told from a right one later.
 *
 * @throws {ScoreRefused} that names the rule.
 */
export function checkScore(answer: ScoreAnswer, request: ScoreRequest): void {
  if (answer.decision_id !== request.decision_id) throw new ScoreRefused('decision_id')
  const chosen = checkPolicy(answer.active.scores, answer.chosen_id, candidateIds(request))
  if (!near(answer.propensity, chosen.p)) throw new ScoreRefused('propensity')
}

/**
 * What each shadow that was asked for answered. One that is missing, out of shape or against a rule is an `error`; it
 * never fails the call.
 */
export function checkShadows(shadows: unknown, request: ScoreRequest): ShadowVerdict[] {
  const answers: unknown[] = Array.isArray(shadows) ? shadows : []
  const ids = candidateIds(request)
  return request.shadows.map((name) => judgeShadow(name, answers.find(isNamed(name)), ids))
}

const shadowShape = TypeCompiler.Compile(ShadowAnswer)

const isNamed = (name: string) => (answer: unknown) =>
  (answer as { name?: unknown } | null)?.name === name

function judgeShadow(name: string, answer: unknown, ids: ReadonlySet<string>): ShadowVerdict {
  const failed: ShadowVerdict = { name, version: null, status: 'error', choiceId: null, scores: [] }
  if (!shadowShape.Check(answer)) return failed
  try {
    checkPolicy(answer.scores, answer.choice_id, ids)
  } catch (error) {
    if (error instanceof ScoreRefused) return { ...failed, version: answer.version }
    throw error
  }
  const { version, scores } = answer
  return { name, version, status: 'ok', choiceId: answer.choice_id, scores }
}

const candidateIds = (request: ScoreRequest) => new Set(request.candidates.map(({ id }) => id))

/** The rules that hold for any policy. @returns the score of what it chose. */
function checkPolicy(
  scores: readonly WireScore[],
  choiceId: string,
  candidates: ReadonlySet<string>,
): WireScore {
  if (!candidates.has(choiceId)) throw new ScoreRefused('chosen_id')
  const byId = new Map(scores.map((score) => [score.id, score]))
  const chosen = byId.get(choiceId)
  const eachOnce = scores.length === candidates.size && byId.size === candidates.size
  if (!chosen || !eachOnce || !byId.keys().every((id) => candidates.has(id))) {
    throw new ScoreRefused('candidates')
  }
  if (!scores.every(({ p }) => p > 0 && p <= 1)) throw new ScoreRefused('probability')
  const sum = scores.reduce((total, { p }) => total + p, 0)
  if (!near(sum, 1)) throw new ScoreRefused('sum')
  return chosen
}
