import formbody from '@fastify/formbody'
import { type Static, Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Interaction, InteractionResults, Provider } from 'oidc-provider'
import { type Account, subjectOf } from './accounts.ts'
import { avatar, consentPage, errorPage, signInPage } from './pages.ts'

export interface InteractionOptions {
  accounts: readonly Account[]
  /** A function, because the provider is made after listening: its issuer is the address got. */
  provider: () => Provider
}

const Choice = Type.Object({
  login: Type.Optional(Type.String()),
  decision: Type.Optional(Type.Union([Type.Literal('allow'), Type.Literal('cancel')])),
})
type Choice = Static<typeof Choice>

class UnusableChoice extends Error {
  readonly statusCode = 400
}

/** The pages where oidc-provider parks an authorisation request until a person has chosen. */
export async function interactions(app: FastifyInstance, options: InteractionOptions) {
  const { accounts, provider } = options
  await app.register(formbody)
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()

  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const status = error.statusCode ?? 500
    return reply.code(status).type('text/html').send(errorPage(error.name, error.message))
  })

  routes.get('/interaction/:uid', async (request, reply) => {
    const interaction = await provider().interactionDetails(request.raw, reply.raw)
    return reply.type('text/html').send(await pageFor(provider(), interaction, accounts))
  })

  routes.post('/interaction/:uid', { schema: { body: Choice } }, async (request, reply) => {
    const interaction = await provider().interactionDetails(request.raw, reply.raw)
    const result = await resultOf(provider(), interaction, request.body, accounts)
    return reply.redirect(await provider().interactionResult(request.raw, reply.raw, result), 303)
  })

  const Avatar = Type.Object({ login: Type.String() })
  routes.get('/avatars/:login.svg', { schema: { params: Avatar } }, async (request, reply) => {
    const account = accounts.find(({ login }) => login === request.params.login)
    if (!account) return reply.callNotFound()
    return reply.type('image/svg+xml').send(avatar(account))
  })
}

async function pageFor(
  provider: Provider,
  { prompt, params, session }: Interaction,
  accounts: readonly Account[],
): Promise<string> {
  const client = await provider.Client.find(String(params.client_id))
  const clientName = client?.clientName ?? 'the app'
  const account = accounts.find((candidate) => subjectOf(candidate) === session?.accountId)
  if (prompt.name === 'login' || !account) return signInPage(clientName, accounts)
  return consentPage(clientName, account, String(params.scope).split(' '))
}

async function resultOf(
  provider: Provider,
  { prompt, params, session }: Interaction,
  choice: Choice,
  accounts: readonly Account[],
): Promise<InteractionResults> {
  if (choice.decision === 'cancel') {
    return { error: 'access_denied', error_description: 'cancelled at the identity provider' }
  }
  if (prompt.name === 'login') {
    const account = accounts.find(({ login }) => login === choice.login)
    if (!account) throw new UnusableChoice('field "login" names none of the accounts on the page')
    return { login: { accountId: subjectOf(account) } }
  }
  if (choice.decision !== 'allow' || !session?.accountId) {
    throw new UnusableChoice('field "decision" must be "allow" or "cancel"')
  }
  const grant = new provider.Grant({
    accountId: session.accountId,
    clientId: String(params.client_id),
  })
  grant.addOIDCScope(String(params.scope))
  return { consent: { grantId: await grant.save() } }
}
