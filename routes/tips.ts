import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { EmptyBody, IdParams } from '../schemas/common.ts'
import {
  FeedbackAnswer,
  FeedbackBody,
  IdempotencyHeaders,
  PastTipsQuery,
  PastTipsSchema,
  TipAnswer,
} from '../schemas/tips.ts'
import { storeFeedback } from '../src/tips/feedback.ts'
import { hashBody } from '../src/tips/idempotency.ts'
import { listPastTips } from '../src/tips/past.ts'

/** Making tips, answering them, and looking back. */
export const tipRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, clock, transact, tips } = app

  /** Before the body is validated: a used key with another body is a 422, whatever is wrong with that body. */
  async function refuseReusedKey(request: FastifyRequest): Promise<void> {
    const idempotency = idempotencyOf(request)
    if (!idempotency) return
    await tips.idempotency.check({ userId: app.sessionOf(request).user.id, ...idempotency })
  }

  app.post(
    '/recommend',
    {
      preValidation: refuseReusedKey,
      schema: {
        operationId: 'recommend',
        tags: ['tips'],
        summary: 'Get a tip',
        headers: IdempotencyHeaders,
        body: EmptyBody,
        response: { 200: TipAnswer },
        problems: [409, 422],
      },
    },
    async (request) => {
      const { traceId, traceparent, tracestate } = request
      const { id: userId } = app.sessionOf(request).user
      const idempotency = idempotencyOf(request)
      const tip = await tips.recommend({
        ...{ userId, traceId, traceparent, tracestate },
        ...(idempotency && { idempotency }),
      })
      return { tip }
    },
  )

  app.post(
    '/tip/:id/feedback',
    {
      schema: {
        operationId: 'giveFeedback',
        tags: ['tips'],
        summary: 'Answer a tip',
        params: IdParams,
        body: FeedbackBody,
        response: { 200: FeedbackAnswer },
        problems: [404],
      },
    },
    async (request) => {
      const { duplicate } = await storeFeedback(
        { transact, clock },
        {
          userId: app.sessionOf(request).user.id,
          tipId: request.params.id,
          action: request.body.action,
          traceId: request.traceId,
        },
      )
      return duplicate ? { ok: true, duplicate } : { ok: true }
    },
  )

  app.get(
    '/tips',
    {
      schema: {
        operationId: 'listTips',
        tags: ['tips'],
        summary: 'One’s own past tips',
        querystring: PastTipsQuery,
        response: { 200: PastTipsSchema },
      },
    },
    async (request) => listPastTips(db, app.sessionOf(request).user.id, request.query),
  )
}

/** The key that the request carries, with what its body was when the request came in. */
function idempotencyOf(request: FastifyRequest): { key: string; bodyHash: string } | undefined {
  const key = request.headers['idempotency-key']
  return typeof key === 'string' ? { key, bodyHash: hashBody(request.body) } : undefined
}
