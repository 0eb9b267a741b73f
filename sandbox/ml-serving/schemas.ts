import { type Static, Type } from '@sinclair/typebox'
import { PersonaSchema } from '../../sim/environment/persona.ts'
import { TipSchema } from '../../sim/judges/answer.ts'

const Id = Type.String({ minLength: 1, maxLength: 200 })
const Context = Type.Object({
  hour: Type.Integer({ minimum: 0, maximum: 23 }),
  dow: Type.Integer({ minimum: 0, maximum: 6 }),
})

export const ScoreBody = Type.Object({
  decision_id: Id,
  user_id: Id,
  seed: Type.String(),
  context: Context,
  features: Type.Record(
    Type.String(),
    Type.Object({ value: Type.Unknown(), age_s: Type.Number(), status: Type.String() }),
  ),
  candidates: Type.Array(
    Type.Object({ id: Id, features: Type.Record(Type.String(), Type.Number()) }),
    { minItems: 1, maxItems: 50 },
  ),
  active: Type.String(),
  shadows: Type.Array(Type.String()),
})
export type ScoreBody = Static<typeof ScoreBody>

export const GenerateBody = Type.Object({
  decision_id: Id,
  user_id: Id,
  candidate: Type.Object({
    id: Id,
    content: Type.String(),
    due: Type.Unknown(),
    priority: Type.Integer({ minimum: 1, maximum: 4 }),
  }),
  context: Context,
  prompt_version: Type.Union([Type.String(), Type.Null()]),
  max_chars: Type.Integer({ minimum: 40, maximum: 2000 }),
})
export type GenerateBody = Static<typeof GenerateBody>

export const RewardEvent = Type.Object({
  event_id: Id,
  decision_id: Id,
  user_id: Id,
  chosen_id: Id,
  propensity: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  action: Type.String(),
  reward: Type.Number({ minimum: -1, maximum: 1 }),
  reward_version: Type.String(),
  occurred_at: Type.String(),
})
export type RewardEvent = Static<typeof RewardEvent>

export const RewardsBody = Type.Object({
  events: Type.Array(RewardEvent, { minItems: 1, maxItems: 1000 }),
})

export const JudgeBody = Type.Object({
  run_id: Id,
  seed: Type.String(),
  items: Type.Array(
    Type.Object({ id: Id, persona: PersonaSchema, context: Context, tip: TipSchema }),
    { minItems: 1, maxItems: 1000 },
  ),
})
export type JudgeBody = Static<typeof JudgeBody>

export const UserParams = Type.Object({ id: Id })
export const ResetBody = Type.Object({
  request_id: Id,
  reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})
export const RebuildBody = Type.Object({ request_id: Id })

/** One policy's scores, as the answer to `/score` carries them. */
export interface WireScore {
  id: string
  score: number
  p: number
  q_hat: number
}

export interface ScoreAnswer {
  decision_id: string
  chosen_id: string
  propensity: number
  active: { name: string; version: string; cold_start: boolean; scores: WireScore[] }
  shadows: (
    | { name: string; version: string; status: 'ok'; choice_id: string; scores: WireScore[] }
    | { name: string; version: string; status: 'error'; message: string }
  )[]
}
