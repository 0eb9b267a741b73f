import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** Nothing but the page's own files and calls; Swagger UI's pictures are data: URLs. */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** `/api/docs`: the OpenAPI document as a page to read and try, by @fastify/swagger-ui, with its own strict CSP. */
export default fp(
  async (app) => {
    await app.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: true,
      transformStaticCSP: () => PAGE_CSP,
      uiConfig: { docExpansion: 'list', deepLinking: true, validatorUrl: null },
    })
  },
  { name: 'docs-page', dependencies: ['openapi'] },
)
