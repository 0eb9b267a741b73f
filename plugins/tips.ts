import fp from 'fastify-plugin'
import { SECOND } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { createIdempotency, type Idempotency } from '../src/tips/idempotency.ts'
import { createRecommend, type Recommend } from '../src/tips/recommend.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tips: { recommend: Recommend; idempotency: Idempotency }
  }
}

/** What making a tip takes besides the two calls of ml/serving, with room for a busy machine. */
const OWN_WORK_MS = 5 * SECOND

/** Making tips: for who asks for one, and for the notices that bring one. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, clock, log, transact, ml, features, policies } = app
    const lockMs = config.ML_SCORE_TIMEOUT_MS + config.ML_GENERATE_TIMEOUT_MS + OWN_WORK_MS
    const idempotency = createIdempotency(db, clock, lockMs)
    const recommend = createRecommend({
      ...{ db, clock, log, transact, ml, features, policies, idempotency },
      prompts: config.TIP_PROMPT_VERSION,
    })
    app.decorate('tips', { recommend, idempotency })
  },
  { name: 'tips', dependencies: ['database', 'events', 'ml', 'features', 'policies'] },
)
