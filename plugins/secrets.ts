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
    // Keys derived from SESSION_SECRET still open what they sealed before ENCRYPTION_KEYS was set.
    app.decorate('secretBox', createSecretBox([...ENCRYPTION_KEYS, ...SESSION_SECRET]))
  },
  { name: 'secrets' },
)
