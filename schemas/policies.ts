import { type Static, Type } from '@sinclair/typebox'
import { OptionalBody } from './common.ts'
import { Nullable, ref } from './ref.ts'

const shadow = {
  name: 'thompson',
  version: '1',
  enabled: true,
  missing: false,
  agreement: 0.62,
  decisions: 1_840,
}

export const PolicySchema = Type.Object(
  {
    name: Type.String(),
    version: Nullable(Type.String()),
    enabled: Type.Boolean({ description: 'Asked with each decision what it would have chosen' }),
    missing: Type.Boolean({ description: 'ml/serving no longer knows it, so it is not asked' }),
    agreement: Nullable(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Share of its decisions in which it would have chosen the same',
      }),
    ),
    decisions: Type.Integer({ description: 'Decisions for which it said its choice, ever' }),
  },
  { $id: 'Policy', title: 'Policy', examples: [shadow] },
)
export type PolicyBody = Static<typeof PolicySchema>

export const PoliciesSchema = Type.Object(
  {
    active: Type.String({ description: 'The policy that decides' }),
    activeVersion: Nullable(Type.String()),
    activeMissing: Type.Boolean({
      description:
        'ml/serving no longer knows it; until it is back, the one that ml/serving names decides',
    }),
    shadows: Type.Array(ref(PolicySchema)),
  },
  {
    $id: 'Policies',
    title: 'Policies',
    examples: [{ active: 'linucb', activeVersion: '3', activeMissing: false, shadows: [shadow] }],
  },
)
export type PoliciesBody = Static<typeof PoliciesSchema>

export const PolicyParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) })

export const ToggleBody = OptionalBody(
  Type.Object(
    {
      enabled: Type.Optional(
        Type.Boolean({ description: 'Left out: the other way than it is now' }),
      ),
    },
    { additionalProperties: false, examples: [{ enabled: false }] },
  ),
)
