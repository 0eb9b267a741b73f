import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type AuditedCall, createAppender } from '../src/audit/log.ts'
import { Problem } from '../src/errors.ts'
import { problemBody } from './errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What an admin call asked for, once it was found valid and allowed. */
    auditInput: Record<string, unknown> | null
    /** The call's entry is written, or could not be. */
    audited: boolean
  }
}

/**
 * Takes down every call of the scope it is registered in, refused ones too, exactly once: before the answer goes out, so
 * that what was acknowledged is in the log. A call that cannot be taken down is answered 503.
 *
 * A crash between a change and its entry leaves the change unacknowledged; its event, written with it, tells of it.
 */
export default fp(
  async (app) => {
    const append = createAppender(app.db, app.clock)
    app.decorateRequest('auditInput', null)
    app.decorateRequest('audited', false)

    // Only here: what was refused may be anything, and what anyone can send must not fill the log.
    app.addHook('preHandler', async (request) => {
      request.auditInput = inputOf(request)
    })

    app.addHook('onSend', async (request, reply, payload) => {
      if (request.audited) return payload
      request.audited = true
      try {
        // A call that was refused before its cookies were read still has someone behind it.
        if (request.session === null) {
          request.cookies ??= app.parseCookie(request.headers.cookie ?? '')
          await app.readSession(request, reply)
        }
        await append(callOf(request, reply, payload))
        return payload
      } catch (cause) {
        const headers = { 'retry-after': '1' }
        const problem = new Problem('storage_unavailable', { cause, headers })
        if (problemCodeOf(reply, payload) === undefined) throw problem
        // The answer is the error handler's, which Fastify asks only once: it is rewritten here.
        request.log.error({ err: problem }, 'request failed')
        reply.code(problem.statusCode).headers(problem.headers)
        return JSON.stringify(problemBody(problem, request.id))
      }
    })
  },
  { name: 'audit', dependencies: ['access', 'cookie', 'database', 'session'] },
)

function callOf(request: FastifyRequest, reply: FastifyReply, payload: unknown): AuditedCall {
  const code = problemCodeOf(reply, payload)
  return {
    actor: request.userId,
    action: actionOf(request),
    target: targetOf(request),
    status: reply.statusCode,
    detail: { ...(code && { code }), ...request.auditInput },
    traceId: request.traceId,
  }
}

function actionOf({ routeOptions, method }: FastifyRequest): string {
  const schema = routeOptions.schema as { operationId?: string } | undefined
  return schema?.operationId ?? `${method} ${routeOptions.url}`
}

/** Ids, names and paths are plain; anything else (an e-mail address, a joke) is not kept for ever. */
const PLAIN = /^[\w.:/-]{1,100}$/

/** The id or name in the path, or the user a list was narrowed to. */
function targetOf({ params, query }: FastifyRequest): string | null {
  const [inPath] = Object.values((params ?? {}) as Record<string, unknown>)
  const target = inPath ?? (query as { userId?: unknown } | undefined)?.userId
  return typeof target === 'string' && PLAIN.test(target) ? target : null
}

/** Bodies of admin calls hold no secrets. What is searched for in a list is left out: it names people. */
function inputOf({ body }: FastifyRequest): Record<string, unknown> {
  return body && typeof body === 'object' ? { body } : {}
}

function problemCodeOf(reply: FastifyReply, payload: unknown): string | undefined {
  const type = String(reply.getHeader('content-type') ?? '')
  if (typeof payload !== 'string' || !type.startsWith('application/problem+json')) return undefined
  return (JSON.parse(payload) as { code?: string }).code
}
