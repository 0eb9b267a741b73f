import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, type Dispatcher } from 'undici'
import { SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'

/** How long ml/serving may take, in milliseconds. */
export interface ProxyLimits {
  /** Until the header of its answer is there. */
  headersMs: number
  /** Between two parts of its body. */
  idleMs: number
}

export const PROXY_LIMITS: ProxyLimits = { headersMs: 10 * SECOND, idleMs: 30 * SECOND }

const CONNECT_MS = 5 * SECOND

/** What a caller's request may bring along, besides the trace. */
const PASSED_ON = ['accept', 'content-type'] as const

/** What of an answer is about the answer. Cookies, CORS and security are ours to say; the rest is nobody's business. */
export const PASSED_BACK = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-disposition',
  'etag',
  'last-modified',
  'retry-after',
]

export interface ProxiedRequest {
  headers: IncomingHttpHeaders
  traceparent: string
  tracestate: string | undefined
}

/** The header of a call to ml/serving: an allow-list, so that a header nobody thought of stays here. */
export function requestHeaders(
  { headers, traceparent, tracestate }: ProxiedRequest,
  token: string,
  deadlineMs: number,
): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => (headers[name] ? [[name, headers[name]]] : []))
  return {
    ...Object.fromEntries(passed),
    traceparent,
    ...(tracestate && { tracestate }),
    'x-deadline-ms': String(deadlineMs),
    ...(token && { authorization: `Bearer ${token}` }),
  }
}

/** The header of an answer, as the caller may see it. */
export function responseHeaders<H extends object>(headers: H): H {
  const kept = Object.entries(headers).filter(([name]) => PASSED_BACK.includes(name))
  return Object.fromEntries(kept) as H
}

/** The connections to ml/serving. One attempt per call, certificates verified. */
export interface Upstream {
  request: Dispatcher['request']
  /** Calls made while `work` runs end when `signal` fires. */
  bindTo<R>(signal: AbortSignal, work: () => R): R
  close(): Promise<void>
}

/** A dispatcher for @fastify/reply-from, which knows no way to end a call when its caller has gone. */
export function createUpstream({ headersMs, idleMs }: ProxyLimits): Upstream {
  const agent = new Agent({
    headersTimeout: headersMs,
    bodyTimeout: idleMs,
    connect: { timeout: Math.min(headersMs, CONNECT_MS) },
  })
  const callers = new AsyncLocalStorage<AbortSignal>()
  const request = ((options: Dispatcher.RequestOptions, callback: never) =>
    agent.request(
      { ...options, signal: callers.getStore() ?? null },
      callback,
    )) as Dispatcher['request']
  return {
    request,
    bindTo: (signal, work) => callers.run(signal, work),
    close: () => agent.destroy(),
  }
}

const LATE = new Set([
  'FST_REPLY_FROM_GATEWAY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What became of a call that got no answer, in words that show neither address nor reason. */
export const problemOf = (cause: Error & { code?: string }): Problem =>
  new Problem(LATE.has(cause.code ?? '') ? 'ml_serving_timeout' : 'ml_serving_unavailable', {
    cause,
  })
