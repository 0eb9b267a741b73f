import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'

const LINES = 10
const LINE_INTERVAL_MS = 100
const CHUNK = Buffer.alloc(64 * 1024, 'x')

async function* lines() {
  for (let i = 1; i <= LINES; i++) {
    yield `line ${i}\n`
    if (i < LINES) await sleep(LINE_INTERVAL_MS)
  }
}

function* bytes(count: number) {
  for (let left = count; left > 0; left -= CHUNK.length) {
    yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
  }
}

/** Answers by which a proxy in front can be seen at work: what reaches the upstream, and what comes back. */
export const echo: FastifyPluginAsyncTypebox = async (app) => {
  const config = { endpoint: 'echo' }

  app.get('/_echo/*', { config }, async ({ method, url, headers }, reply) =>
    // A proxy must drop both: they would act on the caller's origin.
    reply
      .header('set-cookie', 'ml=upstream; Path=/')
      .header('access-control-allow-origin', '*')
      .send({ method, url, headers }),
  )

  app.get('/_stream', { config }, async (_request, reply) =>
    reply.type('text/plain').send(Readable.from(lines(), { objectMode: false })),
  )

  app.get(
    '/_bytes/:n',
    {
      schema: { params: Type.Object({ n: Type.String({ pattern: '^[0-9]{1,9}$' }) }) },
      config,
    },
    async ({ params }, reply) =>
      reply
        .type('application/octet-stream')
        .header('content-length', Number(params.n))
        .send(Readable.from(bytes(Number(params.n)), { objectMode: false })),
  )
}
