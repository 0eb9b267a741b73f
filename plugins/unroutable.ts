import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../src/config.ts'
import { Problem, type ProblemCode } from '../src/errors.ts'
import { newTraceId } from '../src/trace.ts'
import { corsHeaders } from './cors.ts'
import { problemBody, sendProblem, toProblem } from './errors.ts'
import { securityHeaders } from './security-headers.ts'

/**
 * Requests that never reach a hook, because their URL cannot be routed or their bytes are not HTTP. They get the same
 * kind of answer as all others. These are server options, not a plugin: nothing of the plugin system has run for them.
 */
export function unroutable(config: Config) {
  const headers = {
    ...corsHeaders(config),
    ...securityHeaders(config),
    'cache-control': 'no-store',
  }
  return {
    frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
      reply.headers(headers)
      sendProblem(reply, request, toProblem(error))
    },

    clientErrorHandler(error: ConnectionError, socket: Socket): void {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy()
        return
      }
      const problem = new Problem(CONNECTION_PROBLEMS[error.code] ?? 'malformed_request')
      const body = JSON.stringify(problemBody(problem, newTraceId()))
      const lines = Object.entries({
        ...headers,
        'content-type': 'application/problem+json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        connection: 'close',
      }).map(([name, value]) => `${name}: ${value}`)
      const status = `HTTP/1.1 ${problem.statusCode} ${STATUS_CODES[problem.statusCode]}`
      socket.end(`${[status, ...lines].join('\r\n')}\r\n\r\n${body}`)
    },
  }
}

/** Node's parser errors, by code. */
const CONNECTION_PROBLEMS: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'header_fields_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}
