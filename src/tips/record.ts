import type { ShadowScoreRow, TipScoreRow } from '../../db/tables.ts'
import type { WireFeature } from '../ml/wire.ts'
import type { Candidate, Choice } from './candidates.ts'
import type { Decision } from './decide.ts'
import { coldStartText } from './templates.ts'
import type { Wording } from './wording.ts'

/** A candidate as it stands in the decision log (`tip_scores.candidates`, a JSON array in the order that was sent). */
export interface LoggedCandidate {
  id: string
  features: Record<string, number>
  score: number
  p: number
  q_hat?: number
}

/** What every row of the decision log has. */
export interface RowBase {
  id: string
  userId: string
  traceId: string
  createdAt: number
  latencyMs: number
}

export interface Made {
  choice: Choice
  features: Record<string, WireFeature>
  decision: Decision
  chosen: Candidate
  wording: Wording
}

/** The decision's receipt: written once and not changed. */
export function tipRow(base: RowBase, made: Made): TipScoreRow {
  const { choice, features, decision, chosen, wording } = made
  return {
    ...commonOf(base),
    source: decision.source,
    fallback_reason: decision.fallbackReason,
    policy: decision.policy,
    policy_version: decision.policyVersion,
    prompt_version: wording.promptVersion,
    text_model: wording.model,
    text: wording.text,
    task: JSON.stringify(chosen.task),
    chosen_id: decision.chosenId,
    propensity: decision.propensity,
    candidates: JSON.stringify(loggedCandidates(choice.candidates, decision)),
    context: JSON.stringify(choice.context),
    features: JSON.stringify(features),
  }
}

/** There was no open task to choose from: nobody was asked, and nothing can be learned from it. */
export function coldStartRow(base: RowBase, choice: Choice): TipScoreRow {
  return {
    ...commonOf(base),
    source: 'cold_start',
    fallback_reason: null,
    policy: 'cold_start',
    policy_version: null,
    prompt_version: null,
    text_model: null,
    text: coldStartText(base.id),
    task: null,
    chosen_id: null,
    propensity: null,
    candidates: '[]',
    context: JSON.stringify(choice.context),
    features: '{}',
  }
}

const commonOf = (base: RowBase) => ({
  id: base.id,
  user_id: base.userId,
  created_at: base.createdAt,
  // A decision's id is its seed: every draw in it can be made again.
  seed: base.id,
  latency_ms: base.latencyMs,
  trace_id: base.traceId,
})

function loggedCandidates(candidates: readonly Candidate[], decision: Decision): LoggedCandidate[] {
  const scores = new Map(decision.scores.map((score) => [score.id, score]))
  return candidates.map(({ id, features }) => {
    const { score = 0, p = 0, q_hat } = scores.get(id) ?? {}
    return { id, features, score, p, ...(q_hat !== undefined && { q_hat }) }
  })
}

export function shadowRows({ id, userId }: RowBase, decision: Decision): ShadowScoreRow[] {
  return decision.shadows.map((shadow) => ({
    tip_id: id,
    user_id: userId,
    name: shadow.name,
    version: shadow.version,
    status: shadow.status,
    choice_id: shadow.choiceId,
    agreed: Number(shadow.choiceId === decision.chosenId),
    scores: JSON.stringify(shadow.scores),
  }))
}
