import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'
import access from '../plugins/access.ts'
import cookie from '../plugins/cookie.ts'
import cors from '../plugins/cors.ts'
import csrf from '../plugins/csrf.ts'
import database from '../plugins/database.ts'
import docsPage from '../plugins/docs-page.ts'
import errors from '../plugins/errors.ts'
import events from '../plugins/events.ts'
import google from '../plugins/google.ts'
import limits from '../plugins/limits.ts'
import oauth from '../plugins/oauth.ts'
import openapi from '../plugins/openapi.ts'
import { logError, RequestLog } from '../plugins/request-log.ts'
import schedule from '../plugins/schedule.ts'
import secrets from '../plugins/secrets.ts'
import securityHeaders from '../plugins/security-headers.ts'
import sentry from '../plugins/sentry.ts'
import session from '../plugins/session.ts'
import tracing, { traceIdOf } from '../plugins/tracing.ts'
import { unroutable } from '../plugins/unroutable.ts'
import { schemaController } from '../plugins/validation.ts'
import { ownSessionsRoutes, sessionRoutes, signInRoutes } from '../routes/auth.ts'
import { openRoutes } from '../routes/open.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    clock: Clock
    /** `draining`: the process is about to end; `/ready` says so. */
    lifecycle: { draining: boolean }
  }
}

export interface AppOptions {
  config: Config
  clock?: Clock
  /** Where log lines go. Default: standard output. */
  logStream?: { write(line: string): void }
}

const BODY_LIMIT = 64 * 1024

/** The plan of the house: shared plugins in request order, then the scopes, each with its rule of who may call. */
async function house(app: FastifyInstance, { config }: { config: Config }): Promise<void> {
  await app.register(cors, { config })
  await app.register(tracing)
  await app.register(errors)
  await app.register(sentry, { config })
  await app.register(securityHeaders, { config })
  await app.register(csrf, { config })
  await app.register(openapi, { config })

  await app.register(database, { config })
  await app.register(secrets, { config })
  await app.register(events)
  await app.register(schedule)
  await app.register(cookie, { config })
  await app.register(session, { config })
  await app.register(access)
  await app.register(limits, { config })
  await app.register(oauth)
  await app.register(google, { config })

  await app.register(docsPage)
  await app.register(openRoutes)
  await app.register(api, { prefix: '/api' })
}

/** Everything that knows sessions. */
async function api(app: FastifyInstance): Promise<void> {
  app.addHook('preValidation', app.readSession)

  await app.register(async (signIn) => {
    signIn.limit('auth')
    signIn.allow('open')
    await signIn.register(signInRoutes)
  })
  await app.register(async (open) => {
    open.limit('user')
    open.allow('open')
    await open.register(sessionRoutes)
  })
  await app.register(async (user) => {
    user.limit('user')
    user.allow('user')
    await user.register(ownSessionsRoutes)
  })
  await app.register(async (admin) => {
    admin.limit('user')
    admin.allow('admin')
  })
}

/**
 * Builds the server, not yet listening.
 *
 * @throws when the database cannot be opened or is newer than this code.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config } = options
  const app = Fastify(serverOptions(options))
  app.decorate('config', config)
  app.decorate('clock', options.clock ?? Date.now)
  app.decorate('lifecycle', { draining: false })
  await app.register(fp(house, { name: 'house' }), { config })
  return app
}

function serverOptions({ config, logStream }: AppOptions): FastifyServerOptions {
  return {
    logger: {
      level: config.LOG_LEVEL,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: logError },
      ...(logStream && { stream: logStream }),
    },
    genReqId: traceIdOf,
    requestIdHeader: false,
    logController: new RequestLog(),
    schemaController,
    ...unroutable(config),
    bodyLimit: BODY_LIMIT,
    trustProxy: config.TRUST_PROXY.length > 0 ? config.TRUST_PROXY : false,
    // A draining server finishes what it accepted; the listener is closed, so nothing new comes.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 500 },
  }
}
