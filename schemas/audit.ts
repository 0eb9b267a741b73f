import { type Static, Type } from '@sinclair/typebox'
import { pageQuery, Time } from './common.ts'
import { Nullable } from './ref.ts'

export const AuditEntrySchema = Type.Object(
  {
    id: Type.String(),
    at: Time(),
    actor: Nullable(
      Type.String({
        description:
          'User id of who called; a pseudonym once the account is deleted; null when nobody was signed in',
      }),
    ),
    action: Type.String({ description: '`operationId` of what was called' }),
    target: Nullable(Type.String({ description: 'What or whom the call was about' })),
    outcome: Type.String({ enum: ['ok', 'refused', 'failed'] }),
    status: Type.Integer({ description: 'HTTP status of the answer' }),
    detail: Type.Object(
      {},
      { additionalProperties: true, description: 'What was asked for, or why it was refused' },
    ),
    traceId: Type.String(),
  },
  {
    $id: 'AuditEntry',
    title: 'AuditEntry',
    examples: [
      {
        id: '019aac1e-3f0e-7a52-9c41-6f0a5e3b2d10',
        at: '2026-11-22T09:30:00.000Z',
        actor: '019aac10-1111-7c3a-8f0b-2d9e4a6b8c01',
        action: 'runSimulation',
        target: null,
        outcome: 'ok',
        status: 202,
        detail: { body: { policy: 'linucb', judge: 'persona', users: 100, steps: 50, seed: 1 } },
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      },
    ],
  },
)
export type AuditEntryBody = Static<typeof AuditEntrySchema>

const name = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }))

export const AuditQuery = Type.Object(
  {
    ...pageQuery,
    cursor: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,14}$',
        description: '`nextCursor` of the page before',
      }),
    ),
    actor: name('A user id, or the pseudonym of a deleted one'),
    action: name('An `operationId`'),
    target: name('A user id, the pseudonym of a deleted one, or another id or name'),
  },
  { additionalProperties: false },
)
