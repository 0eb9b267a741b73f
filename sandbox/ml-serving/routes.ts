import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answerTip } from '../../sim/judges/answer.ts'
import type { Policy } from '../../sim/policies/types.ts'
import { createRandom } from '../../sim/random.ts'
import type { Endpoint } from './faults.ts'
import { generate } from './generate.ts'
import type { Learner } from './learner.ts'
import {
  GenerateBody,
  JudgeBody,
  RebuildBody,
  ResetBody,
  RewardsBody,
  ScoreBody,
  UserParams,
} from './schemas.ts'
import { score } from './score.ts'

export interface RouteOptions {
  policies: ReadonlyMap<string, Policy>
  learner: Learner
  /** What `GET /policies` names as active. */
  active: string
}

const endpoint = (name: Endpoint) => ({ endpoint: name })

/** Answers as the personas would; an item's answer depends on the seed and its id, not on its batch. */
function judge({ seed, items }: JudgeBody) {
  return items.map(({ id, persona, context, tip }) => {
    const random = createRandom(`${seed}:${id}`).next()
    return { id, ...answerTip(persona, context, tip, random) }
  })
}

/** The calls of the ml/serving contract. */
export const routes: FastifyPluginAsyncTypebox<RouteOptions> = async (app, options) => {
  const { policies, learner, active } = options

  app.get('/health', { config: endpoint('health') }, async () => ({ status: 'ok' }))

  app.get('/policies', { config: endpoint('policies') }, async () => ({
    active,
    policies: Array.from(policies.values(), ({ name, version, kind }) => ({ name, version, kind })),
  }))

  app.post(
    '/score',
    { schema: { body: ScoreBody }, config: endpoint('score') },
    async ({ body }) => {
      const answer = score(policies, body)
      learner.remember(body)
      return answer
    },
  )

  app.post(
    '/generate',
    { schema: { body: GenerateBody }, config: endpoint('generate') },
    async ({ body }) => generate(body),
  )

  app.post(
    '/rewards',
    { schema: { body: RewardsBody }, config: endpoint('rewards') },
    async ({ body }) => learner.receive(body.events),
  )

  app.post(
    '/users/:id/reset',
    { schema: { params: UserParams, body: ResetBody }, config: endpoint('reset') },
    async ({ params, body }) => ({ state_version: learner.reset(params.id, body.request_id) }),
  )

  app.post(
    '/users/:id/rebuild',
    { schema: { params: UserParams, body: RebuildBody }, config: endpoint('rebuild') },
    async ({ params, body }, reply) => {
      learner.rebuild(params.id)
      return reply.code(202).send({ job_id: `rebuild-${body.request_id}` })
    },
  )

  app.delete(
    '/users/:id',
    { schema: { params: UserParams }, config: endpoint('delete') },
    async ({ params }) => {
      learner.erase(params.id)
      return { deleted: true }
    },
  )

  app.post(
    '/judge',
    { schema: { body: JudgeBody }, config: endpoint('judge') },
    async ({ body }) => ({
      results: judge(body),
    }),
  )
}
