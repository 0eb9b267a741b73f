import fp from 'fastify-plugin'
import { newSecret } from '../src/ids.ts'
import { OAUTH_TRANSACTION_MS } from '../src/oauth/transactions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The secret that binds OAuth attempts at this provider to this browser. */
    browserSecret(provider: string): string | undefined
  }
  interface FastifyReply {
    /** The browser's secret for a provider, made when it has none, good for another ten minutes. */
    keepBrowserSecret(provider: string): string
    /** Sends the browser on, or tells a program that asks for JSON where to go. */
    goTo(authorizationUrl: string): FastifyReply
  }
}

/** What the two OAuth flows, sign-in and connect, share at the HTTP boundary. One cookie per provider. */
export default fp(
  async (app) => {
    app.decorateRequest('browserSecret', function (provider) {
      return this.readBoundCookie(`oauth_${provider}`)?.value
    })
    app.decorateReply('keepBrowserSecret', function (provider) {
      const secret = this.request.browserSecret(provider) ?? newSecret()
      this.writeBoundCookie(`oauth_${provider}`, secret, OAUTH_TRANSACTION_MS)
      return secret
    })
    app.decorateReply('goTo', function (authorizationUrl) {
      const wantsJson = this.request.headers.accept?.includes('application/json') ?? false
      return wantsJson ? this.send({ authorizationUrl }) : this.redirect(authorizationUrl, 303)
    })
  },
  { name: 'oauth', dependencies: ['cookie'] },
)
