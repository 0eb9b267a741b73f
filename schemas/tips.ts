import { type Static, Type } from '@sinclair/typebox'
import { Page, pageQuery, Time } from './common.ts'
import { Nullable, ref } from './ref.ts'

/** What a person can answer to a tip. */
export const FEEDBACK_ACTIONS = [
  'viewed',
  'done',
  'helpful',
  'snooze',
  'not_helpful',
  'dismiss',
] as const
export type FeedbackAction = (typeof FEEDBACK_ACTIONS)[number]

/** The task as it was when the tip was made; it may have changed or gone since. */
const TaskSnapshot = Type.Object({
  id: Type.String({ description: '`provider:externalId`' }),
  content: Type.String(),
  due: Nullable(
    Type.String({
      description: 'A day, a floating local time, or a UTC time, as the provider has it',
    }),
  ),
  priority: Type.Integer({ minimum: 1, maximum: 4, description: '4 is the most urgent' }),
  url: Type.String(),
})
export type TaskSnapshot = Static<typeof TaskSnapshot>

const tip = {
  id: Type.String(),
  text: Type.String(),
  task: Nullable(TaskSnapshot),
  source: Type.String({
    enum: ['model', 'rules', 'cold_start'],
    description:
      '`rules`: ml/serving was late, down or wrong. `cold_start`: there was no open task to choose from.',
  }),
  policy: Type.String(),
  promptVersion: Nullable(Type.String()),
  createdAt: Time(),
}

export const TipSchema = Type.Object(tip, { $id: 'Tip', title: 'Tip' })
export type TipBody = Static<typeof TipSchema>

export const TipAnswer = Type.Object({ tip: ref(TipSchema) })

export const PastTipSchema = Type.Object(
  {
    ...tip,
    feedback: Type.Array(
      Type.Object({ action: Type.String({ enum: [...FEEDBACK_ACTIONS] }), createdAt: Time() }),
    ),
  },
  { $id: 'PastTip', title: 'Past tip' },
)
export type PastTipBody = Static<typeof PastTipSchema>

export const PastTipsSchema = Page(ref(PastTipSchema))
export const PastTipsQuery = Type.Object(
  {
    ...pageQuery,
    cursor: Type.Optional(
      Type.String({ format: 'uuid', description: '`nextCursor` of the page before' }),
    ),
  },
  { additionalProperties: false },
)

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[!-~]{1,255}$',
      description:
        'A name for this request, 1–255 visible ASCII characters. For 24 hours the same name gives the same tip.',
    }),
  ),
})

export const FeedbackBody = Type.Object(
  {
    action: Type.Unsafe<FeedbackAction>(Type.String({ enum: [...FEEDBACK_ACTIONS] })),
  },
  { additionalProperties: false },
)

export const FeedbackAnswer = Type.Object({
  ok: Type.Boolean(),
  duplicate: Type.Optional(
    Type.Boolean({ description: 'This action was stored for this tip before' }),
  ),
})
