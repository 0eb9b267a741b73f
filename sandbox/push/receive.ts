import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import ece from 'http_ece'
import { deliver, type Subscription, type Subscriptions } from './subscriptions.ts'
import { VapidError, verifyVapid } from './vapid.ts'

export interface ReceiveOptions {
  subscriptions: Subscriptions
  /** Origin of the service, known once it listens. */
  origin: () => string
}

/** Every push service must take this much, and none need take more (RFC 8030, section 7.2). */
const MAX_MESSAGE_BYTES = 4096

/** `POST /push/:id`: what an application server talks to (RFC 8030, section 5). */
export async function receiveRoutes(app: FastifyInstance, options: ReceiveOptions) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const route = { bodyLimit: MAX_MESSAGE_BYTES }
  app.post<{ Params: { id: string } }>('/push/:id', route, async (request, reply) => {
    const subscription = options.subscriptions.find(request.params.id)
    if (!subscription) return refuse(reply, 404, 'no such subscription')
    if (subscription.gone) return refuse(reply, 410, 'the subscription has ended')
    if (subscription.fault) return fail(reply, subscription.fault)

    const ttl = request.headers.ttl
    if (typeof ttl !== 'string' || !/^\d+$/.test(ttl)) {
      return refuse(reply, 400, 'TTL must be a number of seconds')
    }
    const origin = options.origin()
    try {
      const { authorization } = request.headers
      await verifyVapid(authorization, origin, subscription.applicationServerKey)
    } catch (error) {
      if (!(error instanceof VapidError)) throw error
      if (error.status === 401) reply.header('www-authenticate', 'vapid')
      return refuse(reply, error.status, error.message)
    }
    if (request.headers['content-encoding'] !== 'aes128gcm') {
      return refuse(reply, 415, 'Content-Encoding must be aes128gcm')
    }
    const data = decrypt(request.body, subscription)
    if (data === undefined) return refuse(reply, 400, 'the message does not decrypt')
    const message = deliver(subscription, { ttl: Number(ttl), ...hints(request), data })
    const location = `${origin}/subscriptions/${subscription.id}/messages/${message.id}`
    return reply.code(201).header('location', location).header('ttl', ttl).send()
  })
}

function hints({ headers }: FastifyRequest): { urgency: string; topic: string | null } {
  const { urgency, topic } = headers
  return { urgency: urgency ? String(urgency) : 'normal', topic: topic ? String(topic) : null }
}

/** The text of a message (RFC 8291), or undefined when it was not made for this subscription. */
function decrypt(body: unknown, { privateKey, authSecret }: Subscription): string | undefined {
  if (!Buffer.isBuffer(body)) return undefined
  try {
    return ece.decrypt(body, { version: 'aes128gcm', privateKey, authSecret }).toString('utf8')
  } catch {
    return undefined
  }
}

function fail(reply: FastifyReply, fault: NonNullable<Subscription['fault']>): FastifyReply {
  if (fault.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter)
  return refuse(reply, fault.status, 'as told by /fault')
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: message })
}
