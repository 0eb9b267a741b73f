import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import { createSecretBox, type SecretBox } from '../src/secrets/box.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Encrypts what must not stand in the database in the clear: provider tokens, push subscriptions. */
    secretBox: SecretBox
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { ENCRYPTION_KEYS, SESSION_SECRET } = config
    const keys = ENCRYPTION_KEYS.length > 0 ? ENCRYPTION_KEYS : SESSION_SECRET
    app.decorate('secretBox', createSecretBox(keys))
  },
  { name: 'secrets' },
)
