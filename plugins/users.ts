import fp from 'fastify-plugin'
import { MINUTE } from '../src/clock.ts'
import { createDeletion, type Deletion, FORGET_USER } from '../src/users/deletion.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The end of accounts. */
    deletion: Deletion
  }
}

/** The end of accounts: how ml/serving is told of it, and the job that finishes what a crash has cut off. */
export default fp(
  async (app) => {
    const { db, transact, clock, integrations, revocations, log } = app
    const deletion = createDeletion({ db, transact, clock, integrations, revocations, log })
    app.decorate('deletion', deletion)
    revocations.register(FORGET_USER, (userId, { traceId }) =>
      app.ml.deleteUser(userId, { traceId }),
    )
    app.addJob({
      name: 'account erasure',
      everyMs: 10 * MINUTE,
      firstDelayMs: 0,
      run: (run) => deletion.eraseLeft(run),
    })
  },
  { name: 'users', dependencies: ['integrations', 'ml', 'revocations', 'schedule'] },
)
