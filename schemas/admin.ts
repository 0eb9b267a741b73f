import { type Static, Type } from '@sinclair/typebox'
import { SessionSchema, UserSchema } from './auth.ts'
import { pageQuery, Time } from './common.ts'
import { IntegrationSchema } from './integrations.ts'
import { ref } from './ref.ts'
import { PastTipSchema } from './tips.ts'
import { ConsentSchema } from './users.ts'

const { id, email, name, role } = UserSchema.properties

const ADA = {
  id: '019aac10-1111-7c3a-8f0b-2d9e4a6b8c01',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  role: 'user',
  createdAt: '2026-11-20T08:00:00.000Z',
  lastActiveAt: '2026-11-22T09:30:00.000Z',
}

export const AdminUserSchema = Type.Object(
  {
    id,
    email,
    name,
    role,
    createdAt: Time(),
    lastActiveAt: Time(),
    integrations: Type.Array(Type.Object({ provider: Type.String(), status: Type.String() }), {
      description: 'Only what is connected, or was until it failed',
    }),
  },
  {
    $id: 'AdminUser',
    title: 'AdminUser',
    examples: [{ ...ADA, integrations: [{ provider: 'todoist', status: 'connected' }] }],
  },
)
export type AdminUserBody = Static<typeof AdminUserSchema>

export const AdminUsersQuery = Type.Object(
  {
    ...pageQuery,
    q: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'The beginning of an e-mail address or a name, or an id',
        examples: ['ada'],
      }),
    ),
  },
  { additionalProperties: false },
)

export const AdminUserDetailSchema = Type.Object(
  {
    ...UserSchema.properties,
    createdAt: Time(),
    lastActiveAt: Time(),
    consents: Type.Array(ref(ConsentSchema), { description: 'A ledger, oldest first' }),
    integrations: Type.Array(ref(IntegrationSchema)),
    recentTips: Type.Array(ref(PastTipSchema), { description: 'The last 20, newest first' }),
    sessions: Type.Array(ref(SessionSchema)),
  },
  {
    $id: 'AdminUserDetail',
    title: 'AdminUserDetail',
    examples: [
      {
        ...ADA,
        picture: null,
        consents: [{ kind: 'terms', action: 'granted', at: ADA.createdAt }],
        integrations: [],
        recentTips: [],
        sessions: [],
      },
    ],
  },
)
export type AdminUserDetail = Static<typeof AdminUserDetailSchema>

const ACTIONS = ['revoke-integration', 'reset-bandit', 'rebuild-profile'] as const

export const UserAction = Type.Object(
  {
    action: Type.Unsafe<(typeof ACTIONS)[number]>(Type.String({ enum: [...ACTIONS] })),
    provider: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'For `revoke-integration`' }),
    ),
    reason: Type.Optional(
      Type.String({
        maxLength: 500,
        description: 'Kept in the audit log for ever: write nothing that identifies a person',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ action: 'revoke-integration', provider: 'todoist', reason: 'asked by the user' }],
  },
)
export type UserAction = Static<typeof UserAction>

export const UserActionAnswer = Type.Object(
  {
    ok: Type.Boolean(),
    result: Type.Object({}, { additionalProperties: true, description: 'By action' }),
  },
  { examples: [{ ok: true, result: { provider: 'todoist', status: 'disconnected' } }] },
)

const CheckSchema = Type.Object({
  status: Type.String({ enum: ['ok', 'degraded', 'down', 'disabled'] }),
  latencyMs: Type.Integer({ minimum: 0 }),
  detail: Type.String({ description: 'For people' }),
})
export type CheckBody = Static<typeof CheckSchema>

const WELL = { status: 'ok', latencyMs: 3, detail: 'answers' }

export const AdminHealthSchema = Type.Object(
  {
    status: Type.String({
      enum: ['ok', 'degraded', 'down'],
      description: 'The worst of the checks, disabled ones aside',
    }),
    checks: Type.Object({
      api: CheckSchema,
      mlServing: CheckSchema,
      db: CheckSchema,
      bus: CheckSchema,
      mlflow: CheckSchema,
    }),
  },
  {
    examples: [
      {
        status: 'ok',
        checks: {
          api: { ...WELL, detail: 'up for 3600 s' },
          mlServing: WELL,
          db: WELL,
          bus: { ...WELL, detail: 'in this process only' },
          mlflow: { status: 'disabled', latencyMs: 0, detail: 'MLFLOW_URL is not set' },
        },
      },
    ],
  },
)
export type AdminHealthBody = Static<typeof AdminHealthSchema>

const document = { slug: Type.String(), title: Type.String() }
const OPERATING = { slug: 'operating', title: 'Operating oo-api' }

export const DocumentsSchema = Type.Object(
  { items: Type.Array(Type.Object(document)) },
  { examples: [{ items: [OPERATING] }] },
)
export const DocumentSchema = Type.Object(
  { ...document, markdown: Type.String() },
  { examples: [{ ...OPERATING, markdown: '# Operating oo-api\n' }] },
)
export const DocumentParams = Type.Object({ slug: Type.String({ minLength: 1, maxLength: 100 }) })
