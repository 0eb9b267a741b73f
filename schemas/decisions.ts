import { type Static, Type } from '@sinclair/typebox'
import { Time } from './common.ts'
import { SentContext, SentFeatures } from './features.ts'
import { Nullable } from './ref.ts'
import { TipSchema } from './tips.ts'

const { text, task, source, policy, promptVersion } = TipSchema.properties

const score = {
  id: Type.String(),
  score: Type.Number({ description: 'What the policy ranks by' }),
  p: Type.Number({ description: 'Probability with which it is drawn' }),
  qHat: Nullable(Type.Number({ description: 'Expected reward, as the policy sees it' })),
}

const Candidate = Type.Object({
  ...score,
  features: Type.Record(Type.String(), Type.Number()),
})

const Shadow = Type.Object({
  name: Type.String(),
  version: Nullable(Type.String()),
  status: Type.String({ description: '`ok`, or `error`: it gave no usable answer' }),
  choiceId: Nullable(Type.String()),
  agreed: Type.Boolean({ description: 'It would have chosen the same' }),
  scores: Type.Array(Type.Object(score)),
})

const Reward = Type.Object({
  action: Type.String(),
  reward: Type.Number({ minimum: -1, maximum: 1 }),
  rewardVersion: Type.String({ description: 'The table of rewards by action that was in force' }),
  createdAt: Time(),
  delivered: Type.Boolean({ description: 'ml/serving has been told' }),
})

export const DecisionSchema = Type.Object(
  {
    tipId: Type.String(),
    userId: Type.String(),
    createdAt: Time(),
    traceId: Type.String(),
    source,
    fallbackReason: Nullable(
      Type.String({ description: 'Why the rules decided; null when the model did' }),
    ),
    policy,
    policyVersion: Nullable(Type.String()),
    promptVersion,
    textModel: Nullable(Type.String({ description: 'Null: a template worded the tip' })),
    text,
    task,
    chosenId: Nullable(Type.String()),
    propensity: Nullable(
      Type.Number({ description: 'Probability with which the chosen one was drawn' }),
    ),
    seed: Type.String({ description: 'The same seed gives the same draws' }),
    latencyMs: Type.Integer(),
    context: SentContext,
    features: SentFeatures,
    candidates: Type.Array(Candidate),
    shadows: Type.Array(Shadow),
    feedback: Type.Array(Reward),
  },
  {
    $id: 'Decision',
    title: 'Decision',
    examples: [
      {
        tipId: '019aac1e-3f0e-7a52-9c41-6f0a5e3b2d10',
        userId: '019aac10-1111-7c3a-8f0b-2d9e4a6b8c01',
        createdAt: '2026-11-22T09:30:00.000Z',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        source: 'model',
        fallbackReason: null,
        policy: 'linucb',
        policyVersion: '3',
        promptVersion: 'calm-2',
        textModel: 'writer-1',
        text: 'The tax return has waited two days. Ten minutes now would do.',
        task: {
          id: 'todoist:9',
          content: 'Tax return',
          due: '2026-11-20',
          priority: 4,
          url: 'https://app.todoist.com/app/task/9',
        },
        chosenId: 'todoist:9',
        propensity: 0.82,
        seed: '019aac1e-3f0e-7a52-9c41-6f0a5e3b2d10',
        latencyMs: 84,
        context: { hour: 9, dow: 0 },
        features: { done_7d: { value: 4, age_s: 120, status: 'fresh' } },
        candidates: [
          {
            id: 'todoist:9',
            score: 1.3,
            p: 0.82,
            qHat: 0.4,
            features: { overdue_days: 2, priority: 4 },
          },
        ],
        shadows: [
          {
            name: 'thompson',
            version: '1',
            status: 'ok',
            choiceId: 'todoist:9',
            agreed: true,
            scores: [{ id: 'todoist:9', score: 0.9, p: 0.7, qHat: 0.5 }],
          },
        ],
        feedback: [
          {
            action: 'done',
            reward: 1,
            rewardVersion: 'r1',
            createdAt: '2026-11-22T09:41:00.000Z',
            delivered: true,
          },
        ],
      },
    ],
  },
)
export type DecisionBody = Static<typeof DecisionSchema>

export const TipIdParams = Type.Object({ tipId: Type.String({ minLength: 1, maxLength: 100 }) })
