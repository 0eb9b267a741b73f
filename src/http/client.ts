import type { Static, TSchema } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import {
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoffFactory,
  isBrokenCircuitError,
} from 'cockatiel'
import { Agent } from 'undici'
import { ExchangeError, exchange } from './exchange.ts'

/** Why a call to another service gave no usable answer. */
export type UpstreamFailure = 'timeout' | 'unreachable' | 'status' | 'invalid' | 'circuit_open'

/**
 * A call to another service that failed. The message names service, operation and failure, never an address, a header
 * or a body: it may be logged.
 */
export class UpstreamError extends Error {
  readonly service: string
  readonly failure: UpstreamFailure
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined
  /** The answer's JSON body when the status was an error and the body could be read as JSON. */
  readonly body: unknown

  constructor(
    service: string,
    operation: string,
    failure: UpstreamFailure,
    extra: { status?: number; body?: unknown; detail?: string } = {},
  ) {
    const what = extra.status === undefined ? failure : `${failure} ${extra.status}`
    super(`${service} ${operation}: ${what}${extra.detail ? ` (${extra.detail})` : ''}`)
    this.name = 'UpstreamError'
    this.service = service
    this.failure = failure
    this.status = extra.status
    this.body = extra.body
  }
}

/** A typed operation of a service: what is asked, how long it may take, and what an answer looks like. */
export interface Operation<S extends TSchema> {
  name: string
  method: 'GET' | 'POST' | 'DELETE'
  timeoutMs: number
  answer: S
  /** Bytes of answer that are read before the call is given up. Default 1 MiB. */
  maxBytes?: number
}

export interface CallOptions {
  path: string
  headers?: Record<string, string>
  /** An object is sent as JSON, URLSearchParams as a form. */
  body?: object | URLSearchParams | undefined
  /** A deadline that is closer than the operation's own, in milliseconds. */
  timeoutMs?: number
}

export interface ServiceClient {
  /** Declares an operation; each has a circuit breaker of its own. */
  operation<S extends TSchema>(op: Operation<S>): (call: CallOptions) => Promise<Static<S>>
  close(): Promise<void>
}

export interface ServiceOptions {
  /** Stands in errors and logs. */
  name: string
  baseUrl: string
  /** Consecutive failures that open a breaker; Infinity: never. Default 5. */
  breakAfter?: number
  /** How long an open breaker answers at once before it lets one call try, in milliseconds. Default 5,000. */
  halfOpenAfterMs?: number
  onFailure?: (operation: string, failure: UpstreamFailure) => void
}

const DEFAULT_MAX_BYTES = 1024 * 1024

/**
 * A client of one outside service: an address, a deadline, a limit on the answer's size, no redirects, a circuit
 * breaker, and answers checked against a schema before anything believes them.
 *
 * @throws {UpstreamError} from every call that gives no usable answer.
 */
export function createServiceClient(options: ServiceOptions): ServiceClient {
  const agent = new Agent({ keepAliveTimeout: 30_000, connect: { timeout: 5_000 } })
  const base = options.baseUrl.replace(/\/+$/, '')

  function operation<S extends TSchema>(op: Operation<S>) {
    const check = TypeCompiler.Compile(op.answer)
    const breaker = createBreaker(options)
    return async (call: CallOptions): Promise<Static<S>> => {
      try {
        return await breaker.execute(() => send(agent, options.name, base, op, check, call))
      } catch (error) {
        const failure = isBrokenCircuitError(error)
          ? new UpstreamError(options.name, op.name, 'circuit_open')
          : error
        if (failure instanceof UpstreamError) options.onFailure?.(op.name, failure.failure)
        throw failure
      }
    }
  }

  return { operation, close: () => agent.destroy() }
}

/** A 4xx is an answer about the request, not a sign that the service is ill: it does not count. */
const isIllness = (error: unknown): boolean =>
  !(error instanceof UpstreamError) || error.failure !== 'status' || (error.status ?? 0) >= 500

function createBreaker(options: ServiceOptions): CircuitBreakerPolicy {
  return circuitBreaker(handleWhen(isIllness), {
    halfOpenAfter: steadily(options.halfOpenAfterMs ?? 5_000),
    breaker: new ConsecutiveBreaker(options.breakAfter ?? 5),
  })
}

/**
 * cockatiel compares times of the calendar: after the clock was set back, a breaker would stay open for as long as that.
 * So the wait is measured here, and what cockatiel is told is either for ever or over.
 */
const steadily = (waitMs: number): IBackoffFactory<unknown> => ({
  next() {
    const until = performance.now() + waitMs
    return {
      get duration() {
        return performance.now() < until ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      },
      next: steadily(waitMs).next,
    }
  },
})

async function send<S extends TSchema>(
  agent: Agent,
  service: string,
  base: string,
  op: Operation<S>,
  check: TypeCheck<S>,
  call: CallOptions,
): Promise<Static<S>> {
  const timeoutMs = Math.max(1, Math.min(op.timeoutMs, call.timeoutMs ?? op.timeoutMs))
  const fail = (failure: UpstreamFailure, extra = {}) =>
    new UpstreamError(service, op.name, failure, extra)
  const url = new URL(base + call.path)
  const request = {
    origin: url.origin,
    path: url.pathname + url.search,
    method: op.method,
    ...encode(call),
  }
  const limits = { timeoutMs, maxBytes: op.maxBytes ?? DEFAULT_MAX_BYTES }
  const { status, text } = await exchange(agent, request, limits).catch((error) => {
    if (!(error instanceof ExchangeError)) throw error
    if (error.reason === 'too_large') throw fail('invalid', { detail: 'answer too large' })
    throw fail(error.reason)
  })
  const body = parseJson(text)
  // A redirect is refused as well: a client has one address, and headers with secrets go nowhere else.
  if (status < 200 || status > 299) throw fail('status', { status, body })
  const value = text === '' ? undefined : body
  if (check.Check(value)) return value
  const first = check.Errors(value).First()
  throw fail('invalid', { status, detail: first ? `at ${first.path || '/'}` : 'not JSON' })
}

function encode({ headers, body }: CallOptions): {
  headers: Record<string, string>
  body: string | null
} {
  if (body === undefined) return { headers: { accept: 'application/json', ...headers }, body: null }
  const form = body instanceof URLSearchParams
  return {
    headers: {
      accept: 'application/json',
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      ...headers,
    },
    body: form ? body.toString() : JSON.stringify(body),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
