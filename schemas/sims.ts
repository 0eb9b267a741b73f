import { type Static, Type } from '@sinclair/typebox'
import { Time } from './common.ts'
import { Nullable, ref } from './ref.ts'

const POLICIES = ['random', 'rules', 'epsilon-greedy', 'linucb', 'thompson']
const JUDGES = ['persona', 'ml']

const params = {
  policy: Type.String({ enum: POLICIES, description: 'What chooses the tips' }),
  judge: Type.String({
    enum: JUDGES,
    description: '`persona`: synthetic users answer by rule and chance; `ml`: ml/serving is asked',
  }),
  users: Type.Integer({ minimum: 1, maximum: 10_000, default: 100, description: 'Users' }),
  steps: Type.Integer({ minimum: 1, maximum: 1_000, default: 50, description: 'Tips per user' }),
  seed: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 1,
    description: 'The same parameters and seed give the same result',
  }),
}

export const SimParams = Type.Object(params, {
  additionalProperties: false,
  examples: [{ policy: 'linucb', judge: 'persona', users: 100, steps: 50, seed: 1 }],
})
export type SimParams = Static<typeof SimParams>

export const SimSummary = Type.Object({
  cumulativeReward: Type.Number(),
  cumulativeRegret: Type.Number({ description: 'Against always choosing the best task' }),
  meanReward: Type.Number({ description: 'Per tip' }),
  ci95: Type.Array(Type.Number(), {
    description: '95 % confidence interval of the mean reward, over the users',
  }),
  actions: Type.Record(Type.String(), Type.Integer(), { description: 'Answers by action' }),
  seed: Type.Integer(),
})
export type SimSummary = Static<typeof SimSummary>

const EXAMPLE = {
  id: '019aac1e-3f0e-7a52-9c41-6f0a5e3b2d10',
  status: 'running',
  params: { policy: 'linucb', judge: 'persona', users: 100, steps: 50, seed: 1 },
  progress: { done: 2_500, total: 5_000 },
  summary: null,
  exitCode: null,
  reason: null,
  createdAt: '2026-11-22T09:30:00.000Z',
  startedAt: '2026-11-22T09:30:00.120Z',
  finishedAt: null,
  requestedBy: '019aac10-1111-7c3a-8f0b-2d9e4a6b8c01',
}

export const SimRunSchema = Type.Object(
  {
    id: Type.String(),
    status: Type.String({ enum: ['queued', 'running', 'succeeded', 'failed', 'cancelled'] }),
    params: Type.Object(params),
    progress: Type.Object({
      done: Type.Integer({ description: 'Tips given and answered' }),
      total: Type.Integer(),
    }),
    summary: Nullable(SimSummary),
    exitCode: Nullable(Type.Integer()),
    reason: Nullable(Type.String({ description: 'Why it failed or was cancelled' })),
    createdAt: Time(),
    startedAt: Nullable(Time()),
    finishedAt: Nullable(Time()),
    requestedBy: Nullable(Type.String({ description: 'User id; null once the account is gone' })),
  },
  { $id: 'SimulationRun', title: 'SimulationRun', examples: [EXAMPLE] },
)
export type SimRunBody = Static<typeof SimRunSchema>

export const SimRunAnswer = Type.Object({ run: ref(SimRunSchema) })

const offset = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Bytes of output already read',
})

export const SimOutputQuery = Type.Object(
  { offset: Type.Optional(offset) },
  { additionalProperties: false },
)

/** What an event stream is resumed with: the `id` of its last event, which is an offset. */
export const SimOutputHeaders = Type.Object({ 'last-event-id': Type.Optional(offset) })

export const SimOutput = Type.Object(
  {
    offset: Type.Integer(),
    nextOffset: Type.Integer({ description: 'Where to go on' }),
    data: Type.String({ description: 'At most 64 KiB; JSON lines as the simulator wrote them' }),
    done: Type.Boolean({ description: 'The run has ended and all of its output was read' }),
  },
  {
    examples: [
      {
        offset: 0,
        nextOffset: 42,
        data: '{"t":"progress","done":2500,"total":5000}\n',
        done: false,
      },
    ],
  },
)
export type SimOutput = Static<typeof SimOutput>
