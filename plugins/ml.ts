import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import { createMlClient, type MlClient } from '../src/ml/client.ts'

declare module 'fastify' {
  interface FastifyInstance {
    ml: MlClient
  }
}

/** The client of ml/serving. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const ml = createMlClient({ config })
    app.decorate('ml', ml)
    app.addHook('onClose', () => ml.close())
  },
  { name: 'ml' },
)
