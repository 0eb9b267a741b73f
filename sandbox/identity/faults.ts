import type { FastifyInstance, FastifyReply } from 'fastify'

/** Ways in which an endpoint can fail: `hang` never answers, `huge` answers 32 MiB, `redirect` sends elsewhere. */
export const faultKinds = ['error500', 'html', 'hang', 'huge', 'redirect'] as const
export type FaultKind = (typeof faultKinds)[number]

const ENDPOINT_PATHS = {
  discovery: '/.well-known/openid-configuration',
  token: '/token',
  jwks: '/jwks',
} as const
export type FaultyEndpoint = keyof typeof ENDPOINT_PATHS

export interface Faults {
  /** Makes an endpoint fail from now on; `undefined` makes it well again. */
  set(endpoint: FaultyEndpoint, kind: FaultKind | undefined): void
}

const HUGE_ANSWER_CHARACTERS = 32 * 1024 * 1024

/** Puts the fault switches in front of every route of the app. */
export function installFaults(app: FastifyInstance): Faults {
  const faults = new Map<string, FaultKind>()
  app.addHook('onRequest', async (request, reply) => {
    const kind = faults.get(request.url.split('?', 1)[0] ?? '')
    if (kind) return fail(reply, kind)
  })
  return {
    set(endpoint, kind) {
      if (kind) faults.set(ENDPOINT_PATHS[endpoint], kind)
      else faults.delete(ENDPOINT_PATHS[endpoint])
    },
  }
}

function fail(reply: FastifyReply, kind: FaultKind): FastifyReply {
  switch (kind) {
    case 'error500':
      return reply.code(500).send({ error: 'server_error' })
    case 'html':
      return reply
        .type('text/html')
        .send('<!doctype html><title>Maintenance</title><h1>Back soon</h1>')
    case 'huge':
      return reply
        .type('application/json')
        .send(`{"padding":"${'x'.repeat(HUGE_ANSWER_CHARACTERS)}"}`)
    case 'redirect':
      return reply.redirect('/elsewhere', 307)
    case 'hang':
      reply.hijack()
      return reply
  }
}
