import { PassThrough } from 'node:stream'
import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import {
  type PushMessage,
  type Subscription,
  type Subscriptions,
  toJson,
  unsubscribe,
} from './subscriptions.ts'

export interface UserAgentOptions {
  subscriptions: Subscriptions
  /** Origin of the service, known once it listens. */
  origin: () => string
}

const Params = Type.Object({ id: Type.String() })
const MessageParams = Type.Object({ id: Type.String(), number: Type.Integer() })
const Subscribe = Type.Union([
  Type.Null(),
  Type.Object({ applicationServerKey: Type.Optional(Type.String({ minLength: 1 })) }),
])
const Fault = Type.Object({
  status: Type.Union([Type.Integer({ minimum: 400, maximum: 599 }), Type.Null()]),
  retryAfter: Type.Optional(Type.Integer({ minimum: 0 })),
})

/** The half of a browser that a page would use: subscribe, see what arrives, unsubscribe; and `/fault` for tests. */
export async function userAgentRoutes(app: FastifyInstance, options: UserAgentOptions) {
  const { subscriptions, origin } = options
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()
  const find = (id: string): Subscription => {
    const subscription = subscriptions.find(id)
    if (subscription) return subscription
    throw Object.assign(new Error('no such subscription'), { statusCode: 404 })
  }

  routes.post('/subscriptions', { schema: { body: Subscribe } }, async (request, reply) => {
    const subscription = subscriptions.create(request.body?.applicationServerKey)
    reply.code(201).header('location', `${origin()}/subscriptions/${subscription.id}`)
    return toJson(subscription, origin())
  })

  routes.delete('/subscriptions/:id', { schema: { params: Params } }, async (request, reply) => {
    unsubscribe(find(request.params.id))
    return reply.code(204).send()
  })

  const ofOne = { schema: { params: Params } }
  routes.get(
    '/subscriptions/:id/messages',
    ofOne,
    async (request) => find(request.params.id).messages,
  )

  const ofMessage = { schema: { params: MessageParams } }
  routes.get('/subscriptions/:id/messages/:number', ofMessage, async (request, reply) => {
    const message = find(request.params.id).messages[request.params.number - 1]
    return message ?? reply.callNotFound()
  })

  routes.get('/subscriptions/:id/stream', ofOne, async (request, reply) => {
    const lastSeen = Number(request.headers['last-event-id'])
    const stream = follow(find(request.params.id), Number.isNaN(lastSeen) ? undefined : lastSeen)
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
  })

  const fault = { schema: { params: Params, body: Fault } }
  routes.post('/subscriptions/:id/fault', fault, async (request, reply) => {
    const { status, retryAfter } = request.body
    find(request.params.id).fault =
      status === null ? undefined : { status, ...(retryAfter !== undefined && { retryAfter }) }
    return reply.code(204).send()
  })
}

/** Messages as server-sent events: those after the one last seen, if any was, then each as it arrives. */
function follow(subscription: Subscription, lastSeen: number | undefined): PassThrough {
  const stream = new PassThrough()
  const write = (message: PushMessage) =>
    stream.write(`id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`)
  const end = () => stream.end()
  // A comment at once: a browser counts the stream as open from its first bytes.
  stream.write(': listening\n\n')
  if (lastSeen !== undefined) subscription.messages.slice(lastSeen).forEach(write)
  if (subscription.gone) return stream.end()
  subscription.events.on('message', write).on('gone', end)
  stream.once('close', () => subscription.events.off('message', write).off('gone', end))
  return stream
}
