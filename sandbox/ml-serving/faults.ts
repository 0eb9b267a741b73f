import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ServiceError } from './errors.ts'
import type { ScoreAnswer } from './schemas.ts'
import { SPOILERS } from './spoil.ts'

/** What can be made to fail: one word per call, `*` for all of them. */
export const ENDPOINTS = [
  'score',
  'generate',
  'rewards',
  'policies',
  'reset',
  'rebuild',
  'delete',
  'judge',
  'health',
  'echo',
] as const

export type Endpoint = (typeof ENDPOINTS)[number]

const BREAKDOWNS = ['slow', 'hang', '500', '503', 'html', 'redirect', 'huge', 'reset'] as const

const KINDS = [
  ...BREAKDOWNS,
  'half-body' as const,
  ...(Object.keys(SPOILERS) as (keyof typeof SPOILERS)[]),
]

export const Fault = Type.Object(
  {
    endpoint: Type.Union([...ENDPOINTS, '*' as const].map((name) => Type.Literal(name))),
    /** null heals the endpoint. */
    kind: Type.Union([...KINDS.map((kind) => Type.Literal(kind)), Type.Null()]),
    /** For `slow`: the delay in milliseconds. */
    ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
    /** How many calls it lasts; without it until healed. */
    times: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
)
export type Fault = Static<typeof Fault>

const HUGE_CHUNKS = 64
const MEBIBYTE = 2 ** 20

/** The faults that are set, by endpoint. */
export class Faults {
  readonly #set = new Map<string, Fault>()

  set(fault: Fault): void {
    if (fault.kind === null) this.#set.delete(fault.endpoint)
    else this.#set.set(fault.endpoint, { ...fault })
  }

  clear(): void {
    this.#set.clear()
  }

  /** The fault for this call, which thereby counts as one of its `times`. */
  take(endpoint: Endpoint): Fault | undefined {
    const fault = this.#set.get(endpoint) ?? this.#set.get('*')
    if (fault?.times !== undefined && --fault.times === 0) this.#set.delete(fault.endpoint)
    return fault
  }
}

/** Half of a JSON text under the length of the whole, then the connection breaks. */
function halfOf(payload: string): Readable {
  async function* half() {
    yield payload.slice(0, payload.length / 2)
    // Lets the half leave before the socket is torn down.
    await sleep(20)
    throw new Error('broken off')
  }
  return Readable.from(half(), { objectMode: false })
}

/** A JSON text of 64 MiB, made as it is read. */
function huge(): Readable {
  function* text() {
    yield '{"padding":"'
    for (let i = 0; i < HUGE_CHUNKS; i++) yield 'a'.repeat(MEBIBYTE)
    yield '"}'
  }
  return Readable.from(text(), { objectMode: false })
}

/** Fails the request before its handler sees it; `slow` lets it go on later. */
async function breakDown(fault: Fault, request: FastifyRequest, reply: FastifyReply) {
  switch (fault.kind) {
    case 'slow':
      await sleep(fault.ms ?? 1000)
      return
    case 'hang':
      // Until the client gives up or the server closes its connections.
      await new Promise(() => {})
      return
    case '500':
      throw new ServiceError(500, 'internal', 'a fault was asked for', true)
    case '503':
      reply.header('retry-after', '1')
      throw new ServiceError(503, 'unavailable', 'a fault was asked for', true)
    case 'html':
      return reply.type('text/html').send('<!doctype html><title>It works!</title>')
    case 'redirect':
      return reply.redirect('/_echo/redirected', 307)
    case 'huge':
      return reply.type('application/json').send(huge())
    case 'reset':
      reply.hijack()
      request.raw.socket.destroy()
  }
}

/**
 * Lets every route that names its endpoint fail as `faults` says. Breakdowns come before the handler, so nothing has
 * happened; `half-body` and the spoilt answers come after it, so what was asked for has been done.
 */
export function installFaults(
  app: FastifyInstance,
  faults: Faults,
  endpointOf: (request: FastifyRequest) => Endpoint | undefined,
): void {
  const underway = new WeakMap<FastifyRequest, Fault>()

  app.addHook('preValidation', async (request, reply) => {
    const endpoint = endpointOf(request)
    const fault = endpoint && faults.take(endpoint)
    if (fault === undefined) return
    underway.set(request, fault)
    return breakDown(fault, request, reply)
  })

  app.addHook('preSerialization', async (request, reply, payload) => {
    const kind = underway.get(request)?.kind
    if (endpointOf(request) !== 'score' || reply.statusCode !== 200) return payload
    return kind && kind in SPOILERS
      ? SPOILERS[kind as keyof typeof SPOILERS](payload as ScoreAnswer)
      : payload
  })

  app.addHook('onSend', async (request, reply, payload) => {
    if (underway.get(request)?.kind !== 'half-body' || typeof payload !== 'string') return payload
    reply.header('content-length', Buffer.byteLength(payload))
    return halfOf(payload)
  })
}
