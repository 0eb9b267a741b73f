import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** An error that the caller is told about, as `{ code, message, retryable }`. */
export class ServiceError extends Error {
  readonly statusCode: number
  readonly code: string
  readonly retryable: boolean

  constructor(statusCode: number, code: string, message: string, retryable = false) {
    super(message)
    this.statusCode = statusCode
    this.code = code
    this.retryable = retryable
  }
}

export function sendError(error: ServiceError, reply: FastifyReply): FastifyReply {
  const { code, message, retryable } = error
  return reply.code(error.statusCode).send({ code, message, retryable })
}

/** Gives every failure the one body shape of this service. */
export function handleError(
  error: FastifyError | ServiceError,
  _request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof ServiceError) return sendError(error, reply)
  const status = error.statusCode ?? 500
  return status < 500
    ? sendError(new ServiceError(status, 'invalid_request', error.message), reply)
    : sendError(new ServiceError(500, 'internal', 'internal error', true), reply)
}

export function handleNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { method, url } = request
  return sendError(new ServiceError(404, 'not_found', `no route ${method} ${url}`), reply)
}
