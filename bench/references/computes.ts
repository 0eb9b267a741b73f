import Fastify from 'fastify'

/** Bare Fastify: one route answers at once, the other computes for `MICROSECONDS` and does nothing else. */
const milliseconds = Number(process.env.MICROSECONDS) / 1_000
const app = Fastify()
app.get('/session', async () => ({ user: null }))
app.get('/work', async () => {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
  return { done: true }
})
await app.listen({ port: Number(process.env.PORT) })
