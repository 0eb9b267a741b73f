import { UpstreamError } from '../http/client.ts'
import { checkScore, checkShadows, ScoreRefused, type ShadowVerdict } from '../ml/check-score.ts'
import type { CallTrace, MlClient } from '../ml/client.ts'
import type { ScoreRequest, WireScore } from '../ml/wire.ts'
import { decideByRules, RULES_POLICY } from '../policies/rules.ts'
import type { Candidate } from './candidates.ts'
import { seededUnit } from './seeded.ts'

/** Which task a tip is about, who said so, and with what probability. */
export interface Decision {
  source: 'model' | 'rules'
  /** Why the rules decided: a failure of the call, or `rule_` and the rule that the answer broke. */
  fallbackReason: string | null
  policy: string
  policyVersion: string
  chosenId: string
  propensity: number
  /** Every candidate once. */
  scores: WireScore[]
  shadows: ShadowVerdict[]
}

/**
 * Asks ml/serving, and the rules when it is late, down or wrong.
 *
 * @param candidates those of the request; at least one.
 */
export async function decide(
  ml: MlClient,
  request: ScoreRequest,
  candidates: readonly Candidate[],
  trace: CallTrace,
): Promise<Decision> {
  try {
    const answer = await ml.score(request, trace)
    checkScore(answer, request)
    return {
      source: 'model',
      fallbackReason: null,
      policy: answer.active.name,
      policyVersion: answer.active.version,
      chosenId: answer.chosen_id,
      propensity: answer.propensity,
      scores: answer.active.scores,
      shadows: checkShadows(answer.shadows, request),
    }
  } catch (error) {
    return byRules(candidates, request.seed, reasonOf(error))
  }
}

function byRules(candidates: readonly Candidate[], seed: string, reason: string): Decision {
  return {
    source: 'rules',
    fallbackReason: reason,
    policy: RULES_POLICY.name,
    policyVersion: RULES_POLICY.version,
    ...decideByRules(candidates, seededUnit(seed, 'rules')),
    shadows: [],
  }
}

/** @throws what is no failure of ml/serving but one of ours. */
function reasonOf(error: unknown): string {
  if (error instanceof UpstreamError) return error.failure
  if (error instanceof ScoreRefused) return `rule_${error.rule}`
  throw error
}
