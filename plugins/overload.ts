import underPressure from '@fastify/under-pressure'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { SECOND } from '../src/clock.ts'
import { Problem } from '../src/errors.ts'
import { problemBody } from './errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where it stands among those who wait for an answer; null when it does not. */
    place: number | null
  }
}

export interface OverloadOptions {
  /** Mean delay of the event loop, in milliseconds, over which requests are turned away. */
  maxDelayMs?: number
  /** How often the delay is looked at, in milliseconds; what was found holds until the next look. */
  everyMs?: number
  /** Requests that wait for an answer at the same time, over which further ones are turned away. */
  maxInFlight?: number
}

/** Five hundred callers at once delay the loop by some 40 ms, on a machine with five times the work it has cores for. */
const MAX_DELAY_MS = SECOND
const EVERY_MS = 2 * SECOND
/** At the rate of the slowest write this is some two seconds of work: who comes on top would wait for longer. */
const MAX_IN_FLIGHT = 750
/** A single long pause (the start, one heavy query, a machine that is busy elsewhere) is found once, at most twice. */
const LOOKS = 3

/**
 * Turns new requests of its scope away while the event loop is far behind, by @fastify/under-pressure: an answer that
 * comes at once is worth more than one that comes too late. Probes and metrics are outside this scope and go on.
 */
export default fp<OverloadOptions>(
  async (app, { maxDelayMs = MAX_DELAY_MS, everyMs = EVERY_MS, maxInFlight = MAX_IN_FLIGHT }) => {
    const retryAfter = String(Math.ceil(everyMs / SECOND))
    let found = { delay: 0, at: 0, looks: 0 }

    /** Whether the delay was found too long several times in a row. It is the same number until the next look. */
    function lasts(delay: number): boolean {
      if (delay !== found.delay) {
        const at = performance.now()
        // A late loop also looks late.
        const inARow = at - found.at < 2 * (everyMs + delay)
        found = { delay, at, looks: inARow ? found.looks + 1 : 1 }
        if (found.looks >= LOOKS) {
          app.log.warn({ eventLoopDelayMs: Math.round(delay) }, 'requests are turned away')
        }
      }
      return found.looks >= LOOKS
    }

    // Not thrown: an error is logged with its stack, each time, just when there is no time for it.
    function turnAway(request: FastifyRequest, reply: FastifyReply, _type: string, delay = 0) {
      return lasts(delay) ? refusal(request, reply) : undefined
    }

    function refusal(request: FastifyRequest, reply: FastifyReply): string {
      const problem = new Problem('overloaded')
      reply.code(problem.statusCode).header('retry-after', retryAfter)
      reply.type('application/problem+json')
      return JSON.stringify(problemBody(problem, request.id))
    }

    /** Each knows its place: to leave, the last one takes it. A set would hash each request twice. */
    const waiting: FastifyRequest[] = []
    let toldAt = Number.NEGATIVE_INFINITY

    /** Those who have gone wait no longer. Looked for only when it matters: to be told costs each request a listener. */
    function isFull(): boolean {
      if (waiting.length < maxInFlight) return false
      for (const request of [...waiting]) if (request.raw.socket.destroyed) leave(request)
      return waiting.length >= maxInFlight
    }

    function leave(request: FastifyRequest): void {
      const last = waiting.at(-1)
      if (request.place === null || last === undefined) return
      waiting[request.place] = last
      last.place = request.place
      request.place = null
      waiting.pop()
    }

    app.decorateRequest('place', null)
    app.addHook('onRequest', (request, reply, done) => {
      if (!isFull()) {
        request.place = waiting.push(request) - 1
        done()
        return
      }
      if (performance.now() - toldAt >= everyMs) {
        toldAt = performance.now()
        app.log.warn({ inFlight: waiting.length }, 'requests are turned away')
      }
      reply.send(refusal(request, reply))
    })
    // An answer that has begun is no longer waited for: a stream may go on for hours.
    app.addHook('onSend', (request, _reply, payload, done) => {
      leave(request)
      done(null, payload)
    })

    await app.register(underPressure, {
      maxEventLoopDelay: maxDelayMs,
      sampleInterval: everyMs,
      // What it returns is sent, and undefined lets the request in; its type does not know it.
      pressureHandler: turnAway as unknown as () => void,
    })
  },
  { name: 'overload', dependencies: ['errors'] },
)
