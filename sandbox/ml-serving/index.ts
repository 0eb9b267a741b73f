import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyRequest } from 'fastify'
import type { PolicyName } from '../../sim/policies/index.ts'
import { listen } from '../listen.ts'
import { controlRoutes, createControl, type MlServingControl, Recorder } from './control.ts'
import { echo } from './echo.ts'
import { handleError, handleNotFound, ServiceError } from './errors.ts'
import { type Endpoint, Faults, installFaults } from './faults.ts'
import { createMind, type Mind } from './mind.ts'
import { routes } from './routes.ts'

export type { MlServingControl } from './control.ts'
export type { Endpoint, Fault } from './faults.ts'

export interface MlServingOptions {
  /** 0, or one that is taken: any free port. */
  port?: number
  /** The bearer that calls must carry; empty: none. */
  token?: string
  /** What `GET /policies` names as active. */
  active?: PolicyName
  /** What it has learnt already; nothing unless given. */
  mind?: Mind
}

export interface MlServing {
  url: string
  control: MlServingControl
  /** Ends open connections too, those that hang by a fault included. */
  close(): Promise<void>
}

function endpointOf(request: FastifyRequest): Endpoint | undefined {
  return (request.routeOptions.config as { endpoint?: Endpoint }).endpoint
}

/** Health is open, as probes expect; the echo shows which bearer arrived instead of checking it. */
function needsBearer(endpoint: Endpoint | undefined): boolean {
  return endpoint !== undefined && endpoint !== 'health' && endpoint !== 'echo'
}

function buildApp(token: string, active: PolicyName, { policies, learner }: Mind) {
  const faults = new Faults()
  const recorder = new Recorder()
  const control = createControl(faults, recorder, learner)

  const app = Fastify({
    forceCloseConnections: true,
    // A service that is tested against must not quietly repair what it is sent.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(handleNotFound)

  app.addHook('preValidation', async (request) => {
    if (request.url.startsWith('/_control/')) return
    const endpoint = endpointOf(request)
    recorder.record(request, endpoint)
    if (!token || !needsBearer(endpoint)) return
    if (request.headers.authorization === `Bearer ${token}`) return
    throw new ServiceError(401, 'unauthorized', 'a valid bearer token is needed')
  })
  installFaults(app, faults, endpointOf)

  app.register(routes, { policies, learner, active })
  app.register(echo)
  app.register(controlRoutes, { control })
  return { app, control }
}

/** Starts a service on loopback that honours the ml/serving contract, with policies that learn from rewards. */
export async function startMlServing(options: MlServingOptions = {}): Promise<MlServing> {
  const { port = 0, token = '', active = 'linucb', mind = createMind() } = options
  const { app, control } = buildApp(token, active, mind)
  const url = await listen(app, port)
  return { url, control, close: () => app.close() }
}
