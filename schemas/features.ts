import { type Static, Type } from '@sinclair/typebox'
import { families, features } from '../src/features/catalogue.ts'
import { Time } from './common.ts'
import { Nullable, ref } from './ref.ts'

const names = [...features, ...families]
  .map(({ name, description }) => `- \`${name}\` ${description}`)
  .join('\n')

export const FeatureSchema = Type.Object(
  {
    name: Type.String({ description: names }),
    value: Nullable(
      Type.Number({
        description: 'Null when not computed, or when there is nothing to compute from',
      }),
    ),
    computedAt: Nullable(Time()),
    ageSeconds: Nullable(Type.Integer()),
    ttlSeconds: Type.Integer({ description: 'How long it counts as fresh' }),
    status: Type.String({ enum: ['fresh', 'stale', 'missing'] }),
    source: Type.String({ description: 'What it is computed from' }),
  },
  {
    $id: 'Feature',
    title: 'Feature',
    examples: [
      {
        name: 'act_rate_28d',
        value: 0.4,
        computedAt: '2026-11-22T09:30:00.000Z',
        ageSeconds: 120,
        ttlSeconds: 3_600,
        status: 'fresh',
        source: 'tip_feedback',
      },
    ],
  },
)
export type FeatureBody = Static<typeof FeatureSchema>

export const FeaturesSchema = Type.Object({ features: Type.Array(ref(FeatureSchema)) })

/** As they went over the wire to ml/serving, in its words. */
export const SentContext = Type.Object(
  {},
  { additionalProperties: true, description: 'Hour (0–23) and day of the week (0 Sunday – 6)' },
)
export const SentFeatures = Type.Object(
  {},
  { additionalProperties: true, description: '`value`, `age_s` and `status` by name' },
)

export const ScoreContextSchema = Type.Object(
  {
    tipId: Type.String(),
    sentAt: Time(),
    context: SentContext,
    features: SentFeatures,
  },
  {
    $id: 'ScoreContext',
    title: 'ScoreContext',
    examples: [
      {
        tipId: '019aac1e-3f0e-7a52-9c41-6f0a5e3b2d10',
        sentAt: '2026-11-22T09:30:00.000Z',
        context: { hour: 9, dow: 0 },
        features: { done_7d: { value: 4, age_s: 120, status: 'fresh' } },
      },
    ],
  },
)
export type ScoreContextBody = Static<typeof ScoreContextSchema>
