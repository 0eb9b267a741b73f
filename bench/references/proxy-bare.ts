import replyFrom from '@fastify/reply-from'
import Fastify from 'fastify'

/** @fastify/reply-from by itself. */
const { PORT, ML_SERVING_URL } = process.env as Record<string, string>
const app = Fastify()
await app.register(replyFrom, { base: ML_SERVING_URL as string })
app.get<{ Params: { '*': string } }>('/api/ml/*', (request, reply) => {
  reply.from(`/${request.params['*']}`)
})
await app.listen({ port: Number(PORT) })
