import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import {
  CallbackQuery,
  LoginBody,
  MaybeSignedInSchema,
  SessionsSchema,
  SignedInSchema,
  TokenBody,
} from '../schemas/auth.ts'
import {
  AuthorizationUrl,
  EmptyBody,
  IdParams,
  NoContent,
  OptionalBody,
  PageQuery,
  Redirect,
} from '../schemas/common.ts'
import { sessionBody } from '../src/auth/sessions.ts'
import { type SignInDeps, signInAdministrator, signInPerson } from '../src/auth/sign-in.ts'
import { Problem } from '../src/errors.ts'
import { finishOAuth } from '../src/oauth/callback.ts'
import { checkReturnTo, webUrl } from '../src/oauth/return-to.ts'
import { beginOAuth } from '../src/oauth/transactions.ts'
import { pageOf } from '../src/page.ts'
import { isSameSecret } from '../src/secrets/same-secret.ts'

const PROVIDER = 'google'

const callerOf = (request: FastifyRequest) => ({
  traceId: request.traceId,
  userAgent: request.headers['user-agent'] ?? '',
  previous: request.session,
})

/** Sign-in with Google, and with the admin token. */
export const signInRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { config } = app
  const deps: SignInDeps = { transact: app.transact, sessions: app.sessions, clock: app.clock }

  await app.register(loginRoute)

  app.get(
    '/auth/callback',
    {
      schema: {
        operationId: 'loginCallback',
        tags: ['auth'],
        summary: 'Where Google sends the browser back to',
        querystring: CallbackQuery,
        response: { 303: Redirect },
        problems: [502],
      },
    },
    async (request, reply) => {
      const browserSecret = request.browserSecret(PROVIDER)
      const callback = { provider: PROVIDER, browserSecret, userId: null }
      const finished = await finishOAuth(app.db, app.clock, callback, request.query)
      if (!finished) {
        return reply.redirect(webUrl(config.WEB_BASE_URL, '/', { error: 'access_denied' }), 303)
      }
      const { attempt, code } = finished
      const claims = await app.google.identify(code, attempt.codeVerifier, attempt.nonce)
      reply.writeSessionCookie(await signInPerson(deps, claims, callerOf(request)))
      return reply.redirect(webUrl(config.WEB_BASE_URL, attempt.returnTo), 303)
    },
  )

  app.post(
    '/auth/token',
    {
      schema: {
        operationId: 'signInWithToken',
        tags: ['auth'],
        summary: 'Sign in as the built-in administrator',
        body: TokenBody,
        response: { 200: SignedInSchema },
        problems: [401, 404],
      },
    },
    async (request, reply) => {
      if (!config.ADMIN_TOKEN) throw new Problem('not_found')
      if (!isSameSecret(request.body.token, config.ADMIN_TOKEN)) throw new Problem('invalid_token')
      const { session, user } = await signInAdministrator(deps, callerOf(request))
      reply.writeSessionCookie(session)
      return { user }
    },
  )
}

/** In a scope of its own: here alone a form is as good as JSON. */
const loginRoute: FastifyPluginAsyncTypebox = async (app) => {
  const { config } = app
  await app.register(formbody)

  app.post(
    '/auth/login',
    {
      schema: {
        operationId: 'login',
        tags: ['auth'],
        summary: 'Start a sign-in with Google',
        description:
          'A browser is sent on with 303; with `Accept: application/json` the address is in the body.',
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        body: OptionalBody(LoginBody),
        response: { 200: AuthorizationUrl, 303: Redirect },
        problems: [502],
      },
    },
    async (request, reply) => {
      const returnTo = checkReturnTo(request.body?.returnTo ?? '/', config.WEB_BASE_URL)
      const browserSecret = reply.keepBrowserSecret(PROVIDER)
      const challenge = await beginOAuth(app.db, app.clock, {
        provider: PROVIDER,
        browserSecret,
        userId: null,
        returnTo,
      })
      return reply.goTo(await app.google.authorizationUrl(challenge))
    },
  )
}

/** What a session can be asked, signed in or not. */
export const sessionRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/auth/session',
    {
      schema: {
        operationId: 'getSession',
        tags: ['auth'],
        summary: 'Who is signed in',
        response: { 200: MaybeSignedInSchema },
      },
    },
    // At once: nothing is waited for, and a promise would cost more than the answer.
    ({ session }, reply) => {
      reply.send(session ? { user: session.user } : {})
    },
  )

  app.post(
    '/auth/logout',
    {
      schema: {
        operationId: 'logout',
        tags: ['auth'],
        summary: 'End this session',
        body: EmptyBody,
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const { session } = request
      if (session) {
        await app.transact(request.traceId, async (trx, emit) => {
          const ended = await app.sessions.end(trx, session.idHash)
          if (!ended) return
          await emit('signals.session.ended', ended.userId, {
            sessionId: ended.publicId,
            reason: 'logout',
          })
        })
      }
      return reply.dropSessionCookie().code(204).send(null)
    },
  )
}

/** One's own sessions. */
export const ownSessionsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/auth/sessions',
    {
      schema: {
        operationId: 'listSessions',
        tags: ['auth'],
        summary: 'Where one is signed in',
        querystring: PageQuery,
        response: { 200: SessionsSchema },
      },
    },
    async (request) => {
      const { user, idHash } = app.sessionOf(request)
      const { limit, cursor } = request.query
      const page = { limit: limit + 1, ...(cursor && { cursor }) }
      const rows = await app.sessions.list(app.db, user.id, page)
      return pageOf(
        rows,
        limit,
        (row) => sessionBody(row, idHash),
        (row) => row.public_id,
      )
    },
  )

  app.delete(
    '/auth/sessions/:id',
    {
      schema: {
        operationId: 'endSession',
        tags: ['auth'],
        summary: 'End one of one’s sessions',
        params: IdParams,
        response: { 204: NoContent },
        problems: [404],
      },
    },
    async (request, reply) => {
      const { user, publicId } = app.sessionOf(request)
      const sessionId = request.params.id
      await app.transact(request.traceId, async (trx, emit) => {
        if (!(await app.sessions.endOne(trx, user.id, sessionId))) throw new Problem('not_found')
        await emit('signals.session.ended', user.id, { sessionId, reason: 'ended' })
      })
      if (sessionId === publicId) reply.dropSessionCookie()
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/auth/sessions',
    {
      schema: {
        operationId: 'endOtherSessions',
        tags: ['auth'],
        summary: 'End all of one’s sessions but this one',
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const { user, idHash } = app.sessionOf(request)
      await app.transact(request.traceId, async (trx, emit) => {
        for (const sessionId of await app.sessions.endOthers(trx, user.id, idHash)) {
          await emit('signals.session.ended', user.id, { sessionId, reason: 'ended' })
        }
      })
      return reply.code(204).send(null)
    },
  )
}
