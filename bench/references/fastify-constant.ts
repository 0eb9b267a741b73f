import Fastify from 'fastify'

/**
 * Bare Fastify: no plugin, no log, one answer. It is the answer that oo-api gives, header for header, made in advance:
 * `ANSWERS` is `{ path: { headers, body } }` as JSON.
 */
const answers = JSON.parse(process.env.ANSWERS as string) as Record<
  string,
  { headers: Record<string, string>; body: object }
>
const app = Fastify()
for (const [path, { headers, body }] of Object.entries(answers)) {
  app.get(path, async (_request, reply) => {
    reply.headers(headers)
    return body
  })
}
await app.listen({ port: Number(process.env.PORT) })
