import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isStorageError } from '../db/storage-error.ts'
import type { ProblemBody } from '../schemas/problem.ts'
import { type FieldError, Problem, type ProblemCode, problemTypeOf } from '../src/errors.ts'
import { pathOf } from './request-log.ts'

/** Fastify's own errors, by code, as problems of our catalogue. */
const FASTIFY_PROBLEMS: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_CTP_BODY_STREAM_ERROR: 'malformed_body',
  FST_ERR_BAD_URL: 'bad_path',
  FST_ERR_ASYNC_CONSTRAINT: 'bad_path',
}

/** Not `//host` or `http://host/`, which ask for a proxy, and no dot segments: such a target is wrong, not unknown. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)*\/?$/

/** One error handler, one body shape: every answer other than success is problem+json (RFC 9457). */
export default fp(
  async (app) => {
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const problem = toProblem(error)
      if (problem.statusCode >= 500) request.log.error({ err: error }, 'request failed')
      sendProblem(reply, request, problem)
    })
    app.setNotFoundHandler((request, reply) => {
      const isPath = PLAIN_PATH.test(pathOf(request.raw.url ?? ''))
      sendProblem(reply, request, new Problem(isPath ? 'not_found' : 'bad_path'))
    })
  },
  { name: 'errors' },
)

/** Whatever was thrown, as a problem of the catalogue. Nothing of an unknown error reaches the caller. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error
  if (error.validation) {
    return new Problem('validation_failed', { errors: validationErrors(error) })
  }
  const code = FASTIFY_PROBLEMS[error.code]
  if (code === 'malformed_body') {
    return new Problem(code, { errors: [{ path: 'body', message: bodyMessage(error.code) }] })
  }
  if (code) return new Problem(code)
  if (isStorageError(error)) {
    return new Problem('storage_unavailable', { headers: { 'retry-after': '1' } })
  }
  // Node's and Fastify's other complaints about the request itself, such as a body that secure-json-parse refuses.
  if (error.statusCode === 400) {
    return new Problem('malformed_body', {
      errors: [{ path: 'body', message: 'is not readable as JSON' }],
    })
  }
  return new Problem('internal_error')
}

const bodyMessage = (code: string): string =>
  code === 'FST_ERR_CTP_EMPTY_JSON_BODY' ? 'is empty' : 'is not readable as JSON'

interface AjvError {
  instancePath: string
  keyword: string
  message?: string
  params: Record<string, unknown>
}

/** Names each place as `body.action` or `query.limit`. */
function validationErrors(error: FastifyError): FieldError[] {
  const part = error.validationContext ?? 'request'
  const context = part === 'querystring' ? 'query' : part
  return (error.validation as AjvError[]).map((issue) => {
    const extra = issue.params.additionalProperty ?? issue.params.missingProperty
    const steps = [context, ...issue.instancePath.split('/').slice(1)]
    if (typeof extra === 'string') steps.push(extra)
    const message =
      issue.keyword === 'additionalProperties'
        ? 'is not a known field'
        : issue.keyword === 'required'
          ? 'is missing'
          : issue.keyword === 'enum'
            ? `must be one of ${(issue.params.allowedValues as unknown[]).join(', ')}`
            : (issue.message ?? 'is not valid')
    return { path: steps.join('.'), message }
  })
}

/** The problem's body; `traceId` is the request's, or a new one where there was no request to speak of. */
export function problemBody(problem: Problem, traceId: string): ProblemBody {
  return {
    type: problemTypeOf(problem.code),
    title: problem.title,
    status: problem.statusCode,
    detail: problem.detail,
    code: problem.code,
    traceId,
    ...(problem.errors && { errors: problem.errors }),
  }
}

export function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: Problem): void {
  reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, request.id)))
}
