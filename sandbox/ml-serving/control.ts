import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Endpoint, Fault, type Faults } from './faults.ts'
import type { Learner, ReceivedReward } from './learner.ts'

const REQUEST_LIMIT = 1000

export interface RecordedRequest {
  /** ISO 8601. */
  at: string
  endpoint: Endpoint | undefined
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: unknown
}

/** What a test or the tour does to the service and sees of it. */
export interface MlServingControl {
  fault(fault: Fault): void
  /** The last 1000 requests, oldest first, refused ones included. */
  requests(endpoint?: Endpoint): RecordedRequest[]
  /** Each reward event once, with how often it was delivered. */
  rewards(): ReceivedReward[]
  /** Heals every fault and forgets the recorded requests; what was learned stays. */
  clear(): void
}

export class Recorder {
  #requests: RecordedRequest[] = []

  record({ method, url, headers, body }: FastifyRequest, endpoint: Endpoint | undefined): void {
    const at = new Date().toISOString()
    this.#requests.push({ at, endpoint, method, url, headers: { ...headers }, body })
    if (this.#requests.length > REQUEST_LIMIT) this.#requests.shift()
  }

  list(endpoint?: Endpoint): RecordedRequest[] {
    return this.#requests.filter((request) => !endpoint || request.endpoint === endpoint)
  }

  clear(): void {
    this.#requests = []
  }
}

export function createControl(
  faults: Faults,
  recorder: Recorder,
  learner: Learner,
): MlServingControl {
  return {
    fault: (fault) => faults.set(fault),
    requests: (endpoint) => recorder.list(endpoint),
    rewards: () => learner.received(),
    clear() {
      faults.clear()
      recorder.clear()
    },
  }
}

/** The same control for other processes. */
export const controlRoutes: FastifyPluginAsyncTypebox<{ control: MlServingControl }> = async (
  app,
  { control },
) => {
  app.post('/_control/fault', { schema: { body: Fault } }, async ({ body }, reply) => {
    control.fault(body)
    return reply.code(204).send()
  })

  app.post('/_control/clear', async (_request, reply) => {
    control.clear()
    return reply.code(204).send()
  })

  app.get('/_control/requests', async () => ({ requests: control.requests() }))

  app.get('/_control/rewards', async () => ({ rewards: control.rewards() }))
}
