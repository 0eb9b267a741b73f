import fp from 'fastify-plugin'
import { createFeatures, type Features } from '../src/features/profile.ts'

declare module 'fastify' {
  interface FastifyInstance {
    features: Features
  }
}

/** Profile features, dropped as soon as what they are computed from has changed. */
export default fp(
  async (app) => {
    const features = createFeatures({ db: app.db, clock: app.clock })
    app.decorate('features', features)
    const stops = (['signals.task.synced', 'signals.tip.feedback'] as const).map((type) =>
      app.bus.on(type, async ({ userId }) => {
        if (userId !== null) await features.drop(userId)
      }),
    )
    app.addHook('onClose', async () => {
      for (const stop of stops) stop()
    })
  },
  { name: 'features', dependencies: ['database', 'events'] },
)
