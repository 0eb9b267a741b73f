import { type Static, Type } from '@sinclair/typebox'

/**
 * What goes over the wire to ml/serving and back: snake_case, as that team defines it. An answer may hold more fields
 * than are named here; what is named must be there.
 */

/** A profile feature as sent: its value, its age in seconds, and whether it is within its time to live. */
export interface WireFeature {
  value: number
  age_s: number
  status: 'fresh' | 'stale' | 'missing'
}

/** Where the user is in the week, in their own time zone: hour 0–23, day 0 (Sunday) – 6. */
export interface WireContext {
  hour: number
  dow: number
}

export interface WireCandidate {
  /** `provider:externalId`. */
  id: string
  features: Record<string, number>
}

export interface ScoreRequest {
  decision_id: string
  user_id: string
  /** The same seed gives the same draw. */
  seed: string
  context: WireContext
  features: Record<string, WireFeature>
  /** 1–50, each id once. */
  candidates: WireCandidate[]
  active: string
  shadows: string[]
}

/** How a policy rates one candidate; `p` is the probability with which it would draw it. */
const Score = Type.Object({
  id: Type.String(),
  score: Type.Number(),
  p: Type.Number(),
  q_hat: Type.Optional(Type.Number()),
})
export type WireScore = Static<typeof Score>

export const ShadowAnswer = Type.Object({
  name: Type.String(),
  version: Type.String(),
  status: Type.Literal('ok'),
  choice_id: Type.String(),
  scores: Type.Array(Score),
})

export const ScoreAnswer = Type.Object({
  decision_id: Type.String(),
  chosen_id: Type.String(),
  propensity: Type.Number(),
  active: Type.Object({
    name: Type.String({ minLength: 1 }),
    version: Type.String(),
    scores: Type.Array(Score),
  }),
  // Looked at one by one later: a shadow that is out of shape must not fail the call.
  shadows: Type.Unknown(),
})
export type ScoreAnswer = Static<typeof ScoreAnswer>

export interface GenerateRequest {
  decision_id: string
  user_id: string
  candidate: { id: string; content: string; due: string | null; priority: number }
  context: WireContext
  prompt_version: string | null
  max_chars: number
}

export const GenerateAnswer = Type.Object({
  text: Type.String(),
  prompt_version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  model: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})
export type GenerateAnswer = Static<typeof GenerateAnswer>

export interface RewardEvent {
  /** ml/serving drops repeats by it. */
  event_id: string
  decision_id: string
  user_id: string
  chosen_id: string
  propensity: number
  action: string
  reward: number
  reward_version: string
  /** ISO 8601 in UTC. */
  occurred_at: string
}

export const RewardsAnswer = Type.Object({ accepted: Type.Integer(), duplicates: Type.Integer() })

export const PoliciesAnswer = Type.Object({
  active: Type.String({ minLength: 1 }),
  policies: Type.Array(
    Type.Object({
      name: Type.String({ minLength: 1 }),
      version: Type.String(),
      kind: Type.String(),
    }),
  ),
})
export type PoliciesAnswer = Static<typeof PoliciesAnswer>

export const ResetAnswer = Type.Object({
  state_version: Type.Union([Type.Number(), Type.String()]),
})
export const RebuildAnswer = Type.Object({ job_id: Type.String() })
export const DeleteAnswer = Type.Object({ deleted: Type.Literal(true) })
export const HealthAnswer = Type.Object({ status: Type.Literal('ok') })
