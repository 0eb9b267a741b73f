import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { listen } from '../listen.ts'
import { authorizeRoutes } from './authorize.ts'
import { type Control, createControl } from './control.ts'
import { controlRoutes } from './control-routes.ts'
import { createFaults } from './faults.ts'
import { startLife } from './life.ts'
import { createLimiter, documentedLimits, type Limits } from './limits.ts'
import { createRecorder } from './recorder.ts'
import { syncRoutes } from './sync-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { createTokens } from './tokens.ts'
import { createWorld, type WorldOptions } from './world.ts'

export interface TodoistOptions extends Omit<WorldOptions, 'clock'> {
  /** Wanted port; 0 or a taken one gives any. */
  port: number
  clientId: string
  clientSecret: string
  /** The one redirect URI registered for the app. */
  redirectUri: string
  /** Life of an access token. Without it tokens never expire and there are no refresh tokens, as with older apps. */
  tokenLifetimeSeconds?: number
  /** Todoist's documented ones unless given. */
  limits?: Partial<Limits>
  /** Seconds between two changes in each person's tasks; without it nothing changes by itself. */
  life?: number
  /** Milliseconds since the epoch; the system's unless given. */
  clock?: () => number
}

export interface Todoist {
  /** Origin of all its endpoints: what TODOIST_AUTH_URL and TODOIST_API_URL are set to. */
  url: string
  control: Control
  close(): Promise<void>
}

/** A double of what an app that reads tasks needs of Todoist: authorisation, tokens, sync, revocation, limits. */
export async function startTodoist(options: TodoistOptions): Promise<Todoist> {
  const { tokenLifetimeSeconds, clock = Date.now } = options
  const world = createWorld({ ...options, clock })
  const tokens = createTokens({
    clock,
    ...(tokenLifetimeSeconds && { lifetimeSeconds: tokenLifetimeSeconds }),
  })
  const limiter = createLimiter({ ...documentedLimits, ...options.limits }, clock)

  const recorder = createRecorder()
  const faults = createFaults()
  const control = createControl({ world, tokens, faults, recorder, clock })

  const app = Fastify({ forceCloseConnections: true })
  app.register(formbody)
  app.register(controlRoutes, { control })
  app.register(async (service) => {
    service.addHook('preHandler', recorder.hook)
    service.addHook('preHandler', faults.hook)
    service.register(authorizeRoutes, { ...options, tokens, world })
    service.register(tokenRoutes, { ...options, tokens })
    service.register(syncRoutes, { limiter, tokens, world })
  })

  const stopLife = options.life ? startLife(world, options.life, clock) : undefined
  const url = await listen(app, options.port)
  return {
    url,
    control,
    async close() {
      stopLife?.()
      await app.close()
    },
  }
}
