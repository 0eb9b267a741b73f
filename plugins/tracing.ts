import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  newTraceId,
  outboundTraceparent,
  parseTraceparent,
  SAMPLED,
  type Trace,
} from '../src/trace.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** 32 hex digits; in every log line, problem and outbound call of this request. */
    readonly traceId: string
    /** What an outbound call sends: same trace, a new parent id each time it is read. */
    readonly traceparent: string
    /** Vendor data of the caller's trace; undefined when its traceparent was missing or not valid. */
    readonly tracestate: string | undefined
  }
}

const kTrace = Symbol('trace')
type RequestTrace = Pick<Trace, 'traceId' | 'flags'> & { state: string | undefined }
type TracedMessage = IncomingMessage & { [kTrace]?: RequestTrace }

const MAX_TRACESTATE = 512

/**
 * Fastify asks for a request id before anything else runs: the trace is read there, and its id is the request's id.
 */
export function traceIdOf(message: TracedMessage): string {
  const received = parseTraceparent(message.headers.traceparent as string | undefined)
  if (!received) return newTraceId()
  const { traceId, flags } = received
  message[kTrace] = { traceId, flags, state: usableState(message.headers.tracestate) }
  return traceId
}

const usableState = (state: string | string[] | undefined): string | undefined =>
  typeof state === 'string' && state.length <= MAX_TRACESTATE ? state : undefined

/** What was received; nearly always nothing was, and then the request's id is all there is to know. */
const traceOf = ({ id, raw }: FastifyRequest): RequestTrace =>
  (raw as TracedMessage)[kTrace] ?? { traceId: id, flags: SAMPLED, state: undefined }

/** Request order 2: gives each request its trace. Read lazily; no hook runs for it. */
export default fp(
  async (app) => {
    app.decorateRequest('traceId', {
      getter() {
        return this.id
      },
    })
    app.decorateRequest('traceparent', {
      getter() {
        return outboundTraceparent(traceOf(this))
      },
    })
    app.decorateRequest('tracestate', {
      getter() {
        return traceOf(this).state
      },
    })
  },
  { name: 'tracing' },
)
