import fp from 'fastify-plugin'
import { FORGET_USER } from '../src/users/deletion.ts'

/** Teaches the queue of revocations how ml/serving is told that an account has ended. */
export default fp(
  async (app) => {
    app.revocations.register(FORGET_USER, (userId, { traceId }) =>
      app.ml.deleteUser(userId, { traceId }),
    )
  },
  { name: 'users', dependencies: ['revocations', 'ml'] },
)
