import fp from 'fastify-plugin'
import { MINUTE, SECOND } from '../src/clock.ts'
import { createPolicies, type Policies } from '../src/policies/store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    policies: Policies
  }
}

const CLOSE_WITHIN_MS = 2 * SECOND

/** The active policy and its shadows, kept in step with what ml/serving knows. */
export default fp(
  async (app) => {
    const { db, transact, clock, ml, log } = app
    const policies = createPolicies({ db, transact, clock, ml, log })
    app.decorate('policies', policies)
    app.addJob({
      name: 'policies',
      everyMs: MINUTE,
      firstDelayMs: 0,
      async run({ traceId }) {
        await policies.refresh(traceId)
      },
    })
    app.addHook('preClose', () => policies.drain(CLOSE_WITHIN_MS))
  },
  { name: 'policies', dependencies: ['database', 'events', 'schedule', 'ml'] },
)
