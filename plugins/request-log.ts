import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'

/**
 * Request order 3: one JSON line per request and one per response, each with `traceId`. A path is logged without its
 * query, where codes and states travel; headers and bodies are not logged at all.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'traceId' })
  }

  override incomingRequest(request: FastifyRequest): void {
    request.log.info(
      { method: request.method, path: pathOf(request.url), remoteAddress: request.ip },
      'request',
    )
  }

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply) {
    const line = {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 1_000) / 1_000,
      userId: request.userId ?? undefined,
    }
    if (error) reply.log.error({ ...line, err: error }, 'response')
    else reply.log.info(line, 'response')
  }

  /** The errors plugin answers and logs; a second line for the same error would only confuse. */
  override defaultErrorLog(): void {}

  override routeNotFound(): void {}
}

export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

export interface LoggedError {
  [key: string]: unknown
  type: string
  message: string
  stack: string
}

/** An error in a log: what it is and where it came from. Other properties may hold bodies or headers: left out. */
export function logError(error: Error): LoggedError {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  return {
    type: error.name,
    message: error.message,
    stack: error.stack ?? '',
    code: typeof code === 'string' ? code : undefined,
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    cause: error.cause instanceof Error ? logError(error.cause) : undefined,
  }
}
