import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CallbackQuery, LoginBody } from '../schemas/auth.ts'
import {
  AuthorizationUrl,
  EmptyBody,
  NoContent,
  OptionalBody,
  ProviderParams,
  Redirect,
} from '../schemas/common.ts'
import { IntegrationsSchema, SyncStartedSchema } from '../schemas/integrations.ts'
import { toIso } from '../src/clock.ts'
import { finishOAuth } from '../src/oauth/callback.ts'
import { checkReturnTo, webUrl } from '../src/oauth/return-to.ts'
import { beginOAuth } from '../src/oauth/transactions.ts'

const tags = ['integrations']
const titleOf = (provider: string) => provider.charAt(0).toUpperCase() + provider.slice(1)

/** One's own task providers. */
export const integrationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const provider of app.integrations.names) await app.register(connectRoutes, { provider })

  app.get(
    '/integrations',
    {
      schema: {
        operationId: 'listIntegrations',
        tags,
        summary: 'One’s task providers, connected or not',
        response: { 200: IntegrationsSchema },
      },
    },
    async (request) => ({
      integrations: await app.integrations.list(app.sessionOf(request).user.id),
    }),
  )

  app.post(
    '/integrations/:provider/sync',
    {
      schema: {
        operationId: 'syncIntegration',
        tags,
        summary: 'Bring the tasks in step now',
        description: 'A sync that is under way is not started a second time.',
        params: ProviderParams,
        body: EmptyBody,
        response: { 202: SyncStartedSchema },
        problems: [404, 409],
      },
    },
    async (request, reply) => {
      const { user } = app.sessionOf(request)
      const { provider } = request.params
      const { startedAt } = await app.integrations.sync(user.id, provider, request.traceId)
      return reply.code(202).send({ startedAt: toIso(startedAt) })
    },
  )

  app.delete(
    '/integrations/:provider',
    {
      schema: {
        operationId: 'disconnectIntegration',
        tags,
        summary: 'Disconnect a provider',
        description:
          'The synced tasks are deleted at once; the access is revoked at the provider, later when it is down.',
        params: ProviderParams,
        response: { 204: NoContent },
        problems: [404],
      },
    },
    async (request, reply) => {
      const { user } = app.sessionOf(request)
      const { provider } = request.params
      await app.integrations.disconnect({ userId: user.id, provider, traceId: request.traceId })
      return reply.code(204).send(null)
    },
  )
}

/** The OAuth flow of one provider: away, and back. */
const connectRoutes: FastifyPluginAsyncTypebox<{ provider: string }> = async (
  app,
  { provider },
) => {
  const { config } = app
  const title = titleOf(provider)
  const redirectUri = `${config.API_BASE_URL}/api/integrations/${provider}/callback`

  await app.register(formbody)

  app.post(
    `/integrations/${provider}/connect`,
    {
      schema: {
        operationId: `connect${title}`,
        tags,
        summary: `Connect ${title}`,
        description:
          'A browser is sent on with 303; with `Accept: application/json` the address is in the body.',
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        body: OptionalBody(LoginBody),
        response: { 200: AuthorizationUrl, 303: Redirect },
      },
    },
    async (request, reply) => {
      const returnTo = checkReturnTo(request.body?.returnTo ?? '/', config.WEB_BASE_URL)
      const { state } = await beginOAuth(app.db, app.clock, {
        provider,
        browserSecret: reply.keepBrowserSecret(provider),
        userId: app.sessionOf(request).user.id,
        returnTo,
      })
      return reply.goTo(app.integrations.authorizationUrl(provider, { state, redirectUri }))
    },
  )

  app.get(
    `/integrations/${provider}/callback`,
    {
      schema: {
        operationId: `connect${title}Callback`,
        tags,
        summary: `Where ${title} sends the browser back to`,
        querystring: CallbackQuery,
        response: { 303: Redirect },
        problems: [502],
      },
    },
    async (request, reply) => {
      const userId = app.sessionOf(request).user.id
      const browserSecret = request.browserSecret(provider)
      const callback = { provider, browserSecret, userId }
      const finished = await finishOAuth(app.db, app.clock, callback, request.query)
      if (!finished) {
        return reply.redirect(webUrl(config.WEB_BASE_URL, '/', { error: 'access_denied' }), 303)
      }
      const { attempt, code } = finished
      const { traceId } = request
      await app.integrations.connect({ userId, provider, traceId }, { code, redirectUri })
      return reply.redirect(
        webUrl(config.WEB_BASE_URL, attempt.returnTo, { connected: provider }),
        303,
      )
    },
  )
}
