import { newTraceId } from '../src/trace.ts'

/** The connection ended before the answer came: what was asked may have happened or not. */
export class Unanswered extends Error {}

export interface Answer {
  status: number
  /** The parsed JSON body, if any. */
  body: unknown
  headers: Headers
  traceId: string
  milliseconds: number
}

export interface CallOptions {
  body?: object
  cookie?: string
  headers?: Record<string, string>
  /** Milliseconds after which the caller gives up. */
  patience?: number
}

/** How long a caller waits: longer than any answer of the server may take. */
const PATIENCE_MS = 15_000

/**
 * A request under a trace id of its own, by which what it left behind is found.
 *
 * @throws {Unanswered}
 */
export async function call(
  url: string,
  method: string,
  path: string,
  { body, cookie, headers, patience = PATIENCE_MS }: CallOptions = {},
): Promise<Answer> {
  const traceId = newTraceId()
  const startedAt = performance.now()
  try {
    const answer = await fetch(url + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      headers: {
        accept: 'application/json',
        traceparent: `00-${traceId}-${'b'.repeat(16)}-01`,
        ...(cookie && { cookie }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: answer.headers,
      traceId,
      milliseconds: performance.now() - startedAt,
    }
  } catch (cause) {
    throw new Unanswered(`${method} ${path}`, { cause })
  }
}

/** All cookies that an answer sets, as a cookie header. */
export const cookiesOf = ({ headers }: Answer): string =>
  headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .filter((pair) => !pair.endsWith('='))
    .join('; ')

/** The `sid` cookie that an answer sets, as a cookie header; empty for none. */
export const sessionCookie = (answer: Answer): string =>
  /(?:__Host-)?sid=[^;]+/.exec(cookiesOf(answer))?.[0] ?? ''
