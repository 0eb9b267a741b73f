import { maxHeaderSize, type Server } from 'node:http'
import Fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import access from '../plugins/access.ts'
import audit from '../plugins/audit.ts'
import { consolePages } from '../plugins/console.ts'
import cookie from '../plugins/cookie.ts'
import cors from '../plugins/cors.ts'
import csrf from '../plugins/csrf.ts'
import database from '../plugins/database.ts'
import docsPage from '../plugins/docs-page.ts'
import errors from '../plugins/errors.ts'
import eventTail from '../plugins/event-tail.ts'
import events from '../plugins/events.ts'
import features from '../plugins/features.ts'
import google from '../plugins/google.ts'
import integrations from '../plugins/integrations.ts'
import jobLock from '../plugins/job-lock.ts'
import jsonBody from '../plugins/json-body.ts'
import keyRotation from '../plugins/key-rotation.ts'
import limits from '../plugins/limits.ts'
import metrics from '../plugins/metrics.ts'
import ml from '../plugins/ml.ts'
import nats from '../plugins/nats.ts'
import oauth from '../plugins/oauth.ts'
import openapi from '../plugins/openapi.ts'
import overload from '../plugins/overload.ts'
import policies from '../plugins/policies.ts'
import { probeFirst } from '../plugins/probe.ts'
import push from '../plugins/push.ts'
import { logError, RequestLog } from '../plugins/request-log.ts'
import retention from '../plugins/retention.ts'
import revocations from '../plugins/revocations.ts'
import rewards from '../plugins/rewards.ts'
import schedule from '../plugins/schedule.ts'
import secrets from '../plugins/secrets.ts'
import securityHeaders from '../plugins/security-headers.ts'
import sentry from '../plugins/sentry.ts'
import session from '../plugins/session.ts'
import sessions from '../plugins/sessions.ts'
import sims from '../plugins/sims.ts'
import stats from '../plugins/stats.ts'
import tips from '../plugins/tips.ts'
import tracing, { traceIdOf } from '../plugins/tracing.ts'
import { unroutable } from '../plugins/unroutable.ts'
import users from '../plugins/users.ts'
import { schemaController } from '../plugins/validation.ts'
import { adminDocsRoutes } from '../routes/admin-docs.ts'
import { adminHealthRoutes } from '../routes/admin-health.ts'
import { adminUserRoutes } from '../routes/admin-users.ts'
import { auditRoutes } from '../routes/audit.ts'
import { ownSessionsRoutes, sessionRoutes, signInRoutes } from '../routes/auth.ts'
import { decisionRoutes } from '../routes/decisions.ts'
import { eventRoutes } from '../routes/events.ts'
import { featureRoutes } from '../routes/features.ts'
import { integrationRoutes } from '../routes/integrations.ts'
import { metricsRoutes } from '../routes/metrics.ts'
import { mlRoutes } from '../routes/ml.ts'
import { openRoutes } from '../routes/open.ts'
import { policyRoutes } from '../routes/policies.ts'
import { pushRoutes } from '../routes/push.ts'
import { simRoutes } from '../routes/sims.ts'
import { statsRoutes } from '../routes/stats.ts'
import { tipRoutes } from '../routes/tips.ts'
import { userRoutes } from '../routes/users.ts'
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
  await app.register(jsonBody)
  await app.register(openapi, { config })

  await app.register(database, { config })
  await app.register(secrets, { config })
  await app.register(events)
  await app.register(jobLock, { config })
  await app.register(schedule)
  await app.register(keyRotation)
  await app.register(eventTail)
  await app.register(nats, { config })
  await app.register(stats)
  await app.register(sessions, { config })
  await app.register(google, { config })
  await app.register(revocations)
  await app.register(integrations, { config })
  await app.register(ml, { config })
  await app.register(metrics, { config })
  await app.register(features)
  await app.register(policies)
  await app.register(tips, { config })
  await app.register(rewards)
  await app.register(retention, { config })
  await app.register(push, { config })
  await app.register(users)
  await app.register(sims, { config })

  await app.register(docsPage)
  await app.register(consolePages)
  await app.register(openRoutes)
  await app.register(metricsRoutes)
  await app.register(api, { prefix: '/api', config })
}

/** Everything that knows sessions. Probes and pages are outside: they need no cookie. */
async function api(app: FastifyInstance, { config }: { config: Config }): Promise<void> {
  await app.register(overload)
  await app.register(cookie, { config })
  await app.register(session, { config })
  await app.register(access)
  await app.register(limits, { config })
  await app.register(oauth)

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
    await user.register(integrationRoutes)
    await user.register(tipRoutes)
    await user.register(pushRoutes)
    await user.register(userRoutes)
  })
  await app.register(async (admin) => {
    admin.limit('user')
    admin.allow('admin')
    await admin.register(audit)
    await admin.register(auditRoutes)
    await admin.register(policyRoutes)
    await admin.register(featureRoutes)
    await admin.register(decisionRoutes)
    await admin.register(simRoutes)
    await admin.register(adminUserRoutes)
    await admin.register(adminHealthRoutes)
    await admin.register(adminDocsRoutes)
    await admin.register(mlRoutes)
    await admin.register(eventRoutes)
    await admin.register(statsRoutes)
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

function serverOptions({ config, logStream }: AppOptions): FastifyHttpOptions<Server> {
  return {
    logger: {
      level: config.LOG_LEVEL,
      base: null,
      timestamp: logTime,
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
    // Slow clients: ten seconds for the header, thirty for the whole request, looked at every second.
    serverFactory: probeFirst(config),
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    // No request line is longer: what is too long is for a route's schema to say, after its guard.
    routerOptions: { maxParamLength: maxHeaderSize },
  }
}

let lastMs = 0
let lastTime = ''

/** The time of a log line. Making the text takes longer than the rest of the line: lines of one moment share it. */
function logTime(): string {
  const now = Date.now()
  if (now !== lastMs) {
    lastMs = now
    lastTime = `,"time":"${new Date(now).toISOString()}"`
  }
  return lastTime
}
