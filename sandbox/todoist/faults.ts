import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  forbidden,
  internalError,
  invalidToken,
  limitsReached,
  type TodoistError,
} from './errors.ts'

const ENDPOINT_PATHS = {
  authorize: '/oauth/authorize',
  token: '/oauth/access_token',
  sync: '/api/v1/sync',
  revoke: '/api/v1/revoke',
} as const
export type Endpoint = keyof typeof ENDPOINT_PATHS

/** How an endpoint fails: `slow` answers rightly after `ms`, `hang` never, the others at once and wrongly. */
export type Fault = (
  | { kind: '429' /** Seconds, 60 unless given. */; retryAfter?: number }
  | { kind: '401' | '403' | '500' | 'broken-json' | 'html' | 'hang' }
  | { kind: 'slow'; ms: number }
) & {
  /** For how many requests; without it until the fault is taken back. */
  times?: number
}

const KINDS: readonly Fault['kind'][] = [
  '429',
  '401',
  '403',
  '500',
  'broken-json',
  'html',
  'hang',
  'slow',
]

export interface Faults {
  /** Sets or, with null, takes back an endpoint's fault; throws a RangeError on a name it does not know. */
  set(endpoint: Endpoint, fault: Fault | null): void
  /** To be put in front of the endpoints, after their bodies are read. */
  hook(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined>
}

export function createFaults(): Faults {
  const faults = new Map<string, Fault>()
  return {
    set(endpoint, fault) {
      const path = ENDPOINT_PATHS[endpoint]
      if (!path) throw new RangeError(`endpoint: one of ${Object.keys(ENDPOINT_PATHS).join(', ')}`)
      if (fault && !KINDS.includes(fault.kind)) {
        throw new RangeError(`fault.kind: one of ${KINDS.join(', ')}`)
      }
      if (fault) faults.set(path, { ...fault })
      else faults.delete(path)
    },
    async hook(request, reply) {
      const path = request.url.split('?', 1)[0] ?? ''
      const fault = faults.get(path)
      if (!fault) return undefined
      if (fault.times !== undefined) fault.times -= 1
      if (fault.times === 0) faults.delete(path)
      return fail(reply, fault)
    },
  }
}

async function fail(reply: FastifyReply, fault: Fault): Promise<FastifyReply | undefined> {
  switch (fault.kind) {
    case '429':
      return sendError(reply, limitsReached(fault.retryAfter ?? 60))
    case '401':
      return sendError(reply, invalidToken())
    case '403':
      return sendError(reply, forbidden())
    case '500':
      return sendError(reply, internalError())
    case 'broken-json':
      return reply
        .type('application/json')
        .send('{"sync_token":"abc","full_sync":true,"items":[{"id":')
    case 'html':
      return reply
        .type('text/html')
        .send('<!doctype html><title>Maintenance</title><h1>Back soon</h1>')
    case 'hang':
      reply.hijack()
      return reply
    case 'slow':
      await sleep(fault.ms, undefined, { ref: false })
      return undefined
  }
}

/** Answers with an error in Todoist's words and its status. */
export function sendError(reply: FastifyReply, error: TodoistError): FastifyReply {
  return reply.code(error.http_code).send(error)
}
