import fp from 'fastify-plugin'
import { createGoogle, type Google } from '../src/auth/google.ts'
import { createOpenIdProvider } from '../src/auth/oidc.ts'
import type { Config } from '../src/config.ts'
import { createOAuth2Client } from './oauth2.ts'

declare module 'fastify' {
  interface FastifyInstance {
    google: Google
  }
}

/** Sign-in with Google, or with whatever OpenID provider `GOOGLE_ISSUER` names. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const provider = createOpenIdProvider({
      issuer: config.GOOGLE_ISSUER,
      clientId: config.GOOGLE_CLIENT_ID,
      clock: app.clock,
    })
    app.addHook('onClose', () => provider.close())
    app.decorate(
      'google',
      createGoogle({
        provider,
        redirectUri: `${config.API_BASE_URL}/api/auth/callback`,
        createClient: (metadata) =>
          createOAuth2Client(
            {
              authorizationUrl: metadata.authorization_endpoint,
              tokenUrl: metadata.token_endpoint,
            },
            { id: config.GOOGLE_CLIENT_ID, secret: config.GOOGLE_CLIENT_SECRET },
          ),
        onFailure: (reason) => app.log.warn({ reason }, 'the identity provider failed'),
      }),
    )
  },
  { name: 'google' },
)
