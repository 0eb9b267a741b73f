import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../errors.ts'

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

const LATE = new Set([
  'FST_REPLY_FROM_GATEWAY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What became of a call that got no answer, in words that show neither address nor reason. */
export function problemOf(cause: Error & { code?: string }): Problem {
  // @fastify/reply-from wraps what undici says.
  const codes = [cause.code, (cause.cause as { code?: string } | undefined)?.code]
  const isLate = codes.some((code) => code !== undefined && LATE.has(code))
  return new Problem(isLate ? 'ml_serving_timeout' : 'ml_serving_unavailable', { cause })
}
