import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import { SECOND } from '../clock.ts'

/** How long ml/serving may take, in milliseconds. */
export interface ProxyLimits {
  /** Until the header of its answer is there. */
  headersMs: number
  /** Between two parts of its body. */
  idleMs: number
}

export const PROXY_LIMITS: ProxyLimits = { headersMs: 10 * SECOND, idleMs: 30 * SECOND }

const CONNECT_MS = 5 * SECOND

/** A body of at most so many bytes is read as a whole before it goes on: one write instead of a stream. */
const MAX_WHOLE_BYTES = 64 * 1024
/** What is read ahead of a slow caller. */
const AHEAD_BYTES = 256 * 1024

/** A small body. It can be destroyed as a stream can, which does nothing. */
export class WholeBody {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  destroy(): void {}
}

/** An answer as @fastify/reply-from takes it from undici. */
interface Answer {
  statusCode: number
  headers: Record<string, string | string[] | undefined>
  body: Readable | WholeBody
}

type Callback = (error: Error | null, answer?: Answer) => void

/** The connections to ml/serving. One attempt per call, certificates verified. */
export interface Upstream {
  /** What @fastify/reply-from uses of undici. */
  request(options: Dispatcher.RequestOptions, callback: Callback): void
  /** Calls made while `work` runs end when the caller, whom `response` is for, has gone. */
  onBehalfOf<R>(response: ServerResponse, work: () => R): R
  close(): Promise<void>
}

/**
 * A dispatcher for @fastify/reply-from, which knows no way to end a call when its caller has gone. By undici's
 * `dispatch`: its `request` makes a stream, a signal and a promise of each answer, which take longer than to pass it on.
 */
export function createUpstream({ headersMs, idleMs }: ProxyLimits): Upstream {
  const agent = new Agent({
    headersTimeout: headersMs,
    bodyTimeout: idleMs,
    connect: { timeout: Math.min(headersMs, CONNECT_MS) },
  })
  const callers = new AsyncLocalStorage<ServerResponse>()
  return {
    request(options, callback) {
      agent.dispatch(options, handlerOf(options, callers.getStore(), callback))
    },
    onBehalfOf: (response, work) => callers.run(response, work),
    close: () => agent.destroy(),
  }
}

function handlerOf(
  { method }: Dispatcher.RequestOptions,
  caller: ServerResponse | undefined,
  callback: Callback,
): Dispatcher.DispatchHandler {
  let running: Dispatcher.DispatchController | undefined
  let answer: Omit<Answer, 'body'> | undefined
  let parts: Buffer[] | undefined
  let stream: Readable | undefined

  const stop = () => running?.abort(new Error('the caller has gone'))

  return {
    onRequestStart(controller) {
      running = controller
      if (caller?.destroyed) stop()
      else caller?.once('close', stop)
    },

    onResponseStart(controller, statusCode, headers) {
      // 103 and the like announce an answer.
      if (statusCode < 200) return
      answer = { statusCode, headers }
      if (method === 'HEAD' || Number(headers['content-length']) <= MAX_WHOLE_BYTES) {
        parts = []
        return
      }
      stream = new Readable({
        highWaterMark: AHEAD_BYTES,
        read: () => controller.resume(),
        destroy(error, done) {
          running?.abort(error ?? new Error('the answer is not wanted'))
          done(error)
        },
      })
      callback(null, { ...answer, body: stream })
    },

    onResponseData(controller, chunk) {
      if (parts) parts.push(chunk)
      else if (stream?.push(chunk) === false) controller.pause()
    },

    onResponseEnd() {
      running = undefined
      if (stream) stream.push(null)
      else if (answer) {
        callback(null, { ...answer, body: new WholeBody(Buffer.concat(parts ?? [])) })
      }
    },

    onResponseError(_controller, error) {
      running = undefined
      if (stream) stream.destroy(error)
      else callback(error)
    },
  }
}
