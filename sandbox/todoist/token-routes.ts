import { timingSafeEqual } from 'node:crypto'
import { type Static, Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { TokenAnswer, Tokens } from './tokens.ts'

export interface TokenRouteOptions {
  clientId: string
  clientSecret: string
  redirectUri: string
  tokens: Tokens
}

const text = Type.Optional(Type.String())
const TokenForm = Type.Object({
  client_id: text,
  client_secret: text,
  grant_type: text,
  code: text,
  redirect_uri: text,
  refresh_token: text,
})
const RevokeForm = Type.Object({ token: Type.String(), token_type_hint: text })

/** The token endpoint, with Todoist's own words for its errors, and revocation (RFC 7009). */
export async function tokenRoutes(app: FastifyInstance, options: TokenRouteOptions) {
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()

  routes.post('/oauth/access_token', { schema: { body: TokenForm } }, async (request, reply) => {
    const answer = exchange(request.body, options)
    return typeof answer === 'string' ? reply.code(400).send({ error: answer }) : answer
  })

  routes.post('/api/v1/revoke', { schema: { body: RevokeForm } }, async (request, reply) => {
    if (!isClient(request.headers.authorization, options)) {
      return reply.code(401).header('www-authenticate', 'Basic').send({ error: 'invalid_client' })
    }
    options.tokens.revoke(request.body.token)
    return reply.code(200).send()
  })
}

/** The tokens, or the code of an error (RFC 6749, section 5.2, and Todoist's). */
function exchange(
  form: Static<typeof TokenForm>,
  options: TokenRouteOptions,
): TokenAnswer | string {
  const { tokens } = options
  if (form.client_id !== options.clientId || form.client_secret !== options.clientSecret) {
    return 'incorrect_application_credentials'
  }
  switch (form.grant_type) {
    // Todoist has always answered without a grant_type, as its documentation once showed it.
    case undefined:
    case 'authorization_code':
      if (form.redirect_uri !== undefined && form.redirect_uri !== options.redirectUri) {
        return 'redirect_uri_mismatch'
      }
      return tokens.redeemCode(form.code ?? '') ?? 'bad_authorization_code'
    case 'refresh_token':
      return tokens.refresh(form.refresh_token ?? '') ?? 'invalid_grant'
    default:
      return 'unsupported_grant_type'
  }
}

function isClient(authorization: string | undefined, options: TokenRouteOptions): boolean {
  const expected = Buffer.from(`${options.clientId}:${options.clientSecret}`)
  const [scheme, credentials = ''] = authorization?.split(' ') ?? []
  const given = Buffer.from(credentials, 'base64')
  return scheme === 'Basic' && given.length === expected.length && timingSafeEqual(given, expected)
}
