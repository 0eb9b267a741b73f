import fp from 'fastify-plugin'
import { SECOND } from '../src/clock.ts'
import { createRevocations, type Revocations } from '../src/revocations/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** What other services must still be told after something ended here. */
    revocations: Revocations
  }
}

/** Short: an attempt that is cut off is made again after the next start. */
const CLOSE_WITHIN_MS = SECOND

/** The queue of upstream revocations, and the job that works through it. */
export default fp(
  async (app) => {
    const { db, clock, secretBox, log } = app
    const revocations = createRevocations({ db, clock, secretBox, log })
    app.decorate('revocations', revocations)
    app.addJob({
      name: 'upstream revocations',
      everyMs: SECOND,
      run: async ({ traceId }) => revocations.startDue(traceId),
    })
    app.addHook('preClose', () => revocations.drain(CLOSE_WITHIN_MS))
  },
  { name: 'revocations', dependencies: ['database', 'secrets', 'schedule'] },
)
