import { type Static, Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { html, page } from '../identity/html.ts'
import type { Tokens } from './tokens.ts'
import type { World } from './world.ts'

export interface AuthorizeOptions {
  clientId: string
  /** The one redirect URI registered for the app. */
  redirectUri: string
  tokens: Tokens
  world: World
}

const Query = Type.Object({
  client_id: Type.Optional(Type.String()),
  scope: Type.Optional(Type.String()),
  state: Type.Optional(Type.String()),
  redirect_uri: Type.Optional(Type.String()),
})
type Query = Static<typeof Query>

const Decision = Type.Object({
  decision: Type.Union([Type.Literal('allow'), Type.Literal('cancel')]),
})

/**
 * The page on which a person lets the app read their tasks. Its form posts to the page's own URL; the buttons are
 * `decision=allow` and `decision=cancel`. Each Allow is a Todoist user of its own.
 */
export async function authorizeRoutes(app: FastifyInstance, options: AuthorizeOptions) {
  const { tokens, world } = options
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()

  routes.get('/oauth/authorize', { schema: { querystring: Query } }, async (request, reply) => {
    return refuse(request.query, options, reply) ?? reply.type('text/html').send(authorizePage())
  })

  const submit = { schema: { querystring: Query, body: Decision } }
  routes.post('/oauth/authorize', submit, async (request, reply) => {
    const refused = refuse(request.query, options, reply)
    if (refused) return refused
    if (request.body.decision === 'cancel') {
      return goBack(request.query, options, reply, { error: 'access_denied' })
    }
    const code = tokens.issueCode(world.addAccount().user.id)
    return goBack(request.query, options, reply, { code })
  })
}

/** Who may not be trusted with a redirect gets a page; what else is wrong goes back to the app. */
function refuse(query: Query, options: AuthorizeOptions, reply: FastifyReply) {
  const explain = (text: string) => reply.code(400).type('text/html').send(explainPage(text))
  if (query.client_id !== options.clientId) return explain('client_id is not a registered app')
  if (query.redirect_uri !== undefined && query.redirect_uri !== options.redirectUri) {
    return explain('redirect_uri is not the one registered for the app')
  }
  if (!query.state) return explain('state is missing')
  if (query.scope !== 'data:read') return goBack(query, options, reply, { error: 'invalid_scope' })
  return undefined
}

function goBack(
  query: Query,
  options: AuthorizeOptions,
  reply: FastifyReply,
  result: Record<string, string>,
) {
  const target = new URL(options.redirectUri)
  for (const [name, value] of Object.entries({ ...result, state: query.state ?? '' })) {
    target.searchParams.set(name, value)
  }
  return reply.redirect(target.href, 303)
}

function authorizePage(): string {
  return page(
    'oo asks to read your tasks',
    html`<p>It may see your tasks and projects in Todoist. It cannot change them.</p>
<form method="post">
<button class="plain primary" name="decision" value="allow">Allow</button>
<button class="plain" name="decision" value="cancel">Cancel</button>
</form>`,
  )
}

function explainPage(text: string): string {
  return page('This request cannot be answered', html`<p>${text}</p>`)
}
