import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { FastifyServerFactory } from 'fastify'
import { HEALTHY } from '../schemas/open.ts'
import type { Config } from '../src/config.ts'
import { corsHeaders } from './cors.ts'
import { securityHeaders } from './security-headers.ts'

const METHOD = 'GET'
const PATH = '/health'

/** The part of Fastify's options that it leaves to a server factory, with its defaults; in milliseconds. */
interface Limits {
  http: ServerOptions
  keepAliveTimeout: number
  requestTimeout: number
  connectionTimeout: number
}

/**
 * The server that Fastify would make, which answers a probe before Fastify sees it: whether the process lives depends on
 * nothing, is not logged, and must be known when nothing else works. The route of the same name (routes/open.ts) is its
 * contract; it answers the same to every other way of asking. A server option, not a plugin.
 */
export function probeFirst(config: Config): FastifyServerFactory {
  const body = JSON.stringify(HEALTHY)
  const headers = Object.entries({
    ...corsHeaders(config),
    ...securityHeaders(config),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  }).flat()

  return (toFastify: RequestListener, options): Server => {
    const { http, keepAliveTimeout, requestTimeout, connectionTimeout } =
      options as unknown as Limits
    const server = createServer(http, (request, response) => {
      if (request.url === PATH && request.method === METHOD) {
        response.writeHead(200, headers)
        response.end(body)
      } else {
        toFastify(request, response)
      }
    })
    // What Fastify sets on a server of its own.
    server.keepAliveTimeout = keepAliveTimeout
    server.requestTimeout = requestTimeout
    server.setTimeout(connectionTimeout)
    return server
  }
}
