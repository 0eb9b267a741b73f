import { type Static, Type } from '@sinclair/typebox'
import { SessionSchema, UserSchema } from './auth.ts'
import { Time } from './common.ts'
import { IntegrationSchema } from './integrations.ts'
import { DeviceSchema } from './push.ts'
import { Nullable, ref } from './ref.ts'

export const ConsentSchema = Type.Object(
  {
    kind: Type.String({ examples: ['terms', 'todoist', 'push'] }),
    action: Type.String({ enum: ['granted', 'withdrawn'] }),
    at: Time(),
  },
  { $id: 'Consent', title: 'Consent' },
)

export const ProfileSchema = Type.Object(
  {
    ...UserSchema.properties,
    createdAt: Time(),
    integrations: Type.Array(ref(IntegrationSchema)),
    consents: Type.Array(ref(ConsentSchema), { description: 'A ledger, oldest first' }),
    push: Type.Object({ devices: Type.Integer({ minimum: 0 }) }),
  },
  { $id: 'Profile', title: 'Profile' },
)
export type ProfileBody = Static<typeof ProfileSchema>

const Json = Type.Unknown({ description: 'As it was sent to and answered by the model' })

const ExportedTask = Type.Object({
  id: Type.String(),
  provider: Type.String(),
  status: Type.String({ enum: ['open', 'completed'] }),
  content: Type.String(),
  description: Nullable(Type.String()),
  project: Nullable(Type.String()),
  labels: Type.Array(Type.String()),
  priority: Type.Integer({ minimum: 1, maximum: 4 }),
  due: Nullable(Type.String()),
  dueTimeZone: Nullable(Type.String()),
  isRecurring: Type.Boolean(),
  url: Type.String(),
  addedAt: Nullable(Time()),
  updatedAt: Nullable(Time()),
  completedAt: Nullable(Time()),
})
export type ExportedTask = Static<typeof ExportedTask>

const ExportedTip = Type.Object({
  id: Type.String(),
  createdAt: Time(),
  text: Type.String(),
  task: Json,
  source: Type.String(),
  fallbackReason: Nullable(Type.String()),
  policy: Type.String(),
  policyVersion: Nullable(Type.String()),
  promptVersion: Nullable(Type.String()),
  textModel: Nullable(Type.String()),
  chosenId: Nullable(Type.String()),
  propensity: Nullable(Type.Number()),
  candidates: Json,
  context: Json,
  features: Json,
  seed: Type.String(),
  latencyMs: Type.Integer(),
  traceId: Type.String(),
  feedback: Type.Array(
    Type.Object({
      action: Type.String(),
      reward: Type.Number(),
      rewardVersion: Type.String(),
      createdAt: Time(),
    }),
  ),
  shadows: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Nullable(Type.String()),
      status: Type.String(),
      choiceId: Nullable(Type.String()),
      agreed: Type.Boolean(),
      scores: Json,
    }),
  ),
})
export type ExportedTip = Static<typeof ExportedTip>

const ExportedEvent = Type.Object({
  id: Type.String(),
  type: Type.String(),
  occurredAt: Time(),
  traceId: Type.String(),
  payload: Json,
})
export type ExportedEvent = Static<typeof ExportedEvent>

/** Everything held about one person. Secrets (tokens, session ids, push keys) are not data about anybody. */
export const AccountExportSchema = Type.Object(
  {
    exportedAt: Time(),
    profile: Type.Object({
      ...UserSchema.properties,
      createdAt: Time(),
      lastActiveAt: Time(),
      issuer: Type.String({ description: 'Who vouched for the identity' }),
      subject: Type.String({ description: 'The identity there' }),
      emailVerified: Type.Boolean(),
    }),
    consents: Type.Array(ref(ConsentSchema)),
    sessions: Type.Array(ref(SessionSchema)),
    integrations: Type.Array(ref(IntegrationSchema)),
    connectAttempts: Type.Array(
      Type.Object({ provider: Type.String(), returnTo: Type.String(), expiresAt: Time() }),
    ),
    devices: Type.Array(
      Type.Object({
        ...DeviceSchema.properties,
        host: Nullable(Type.String({ description: 'Of the push service; null: not readable' })),
        lastSentAt: Nullable(Time()),
      }),
    ),
    features: Type.Array(Type.Object({ name: Type.String(), value: Json, computedAt: Time() })),
    idempotencyKeys: Type.Array(
      Type.Object({
        key: Type.String(),
        tipId: Nullable(Type.String()),
        createdAt: Time(),
      }),
    ),
    administration: Type.Array(
      Type.Object({ at: Time(), action: Type.String(), outcome: Type.String() }),
      { description: 'What administrators did about this account' },
    ),
    tasks: Type.Array(ExportedTask),
    tips: Type.Array(ExportedTip),
    events: Type.Array(ExportedEvent),
  },
  { $id: 'AccountExport', title: 'AccountExport' },
)
export type AccountExport = Static<typeof AccountExportSchema>

export const ReceiptSchema = Type.Object(
  {
    deletedAt: Time(),
    rows: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
      description: 'Rows removed, by table',
    }),
    upstream: Type.Array(
      Type.Object({
        provider: Type.String(),
        revoked: Type.String({
          enum: ['revoked', 'queued'],
          description: '`queued`: the provider did not answer; it is tried again for 30 days',
        }),
      }),
    ),
    mlServing: Type.String({
      enum: ['told', 'queued'],
      description: 'Whether the ML service was told to forget the user',
    }),
  },
  { $id: 'DeletionReceipt', title: 'DeletionReceipt' },
)
export type ReceiptBody = Static<typeof ReceiptSchema>

export const DeletedSchema = Type.Object({ receipt: ref(ReceiptSchema) })
