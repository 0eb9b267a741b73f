import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Control } from './control.ts'

const Verb = Type.Object({ verb: Type.String() })

/** {@link Control} for other processes: `POST /_control/<verb>`; 400 says what was wrong, a verb without answer gives null. */
export async function controlRoutes(app: FastifyInstance, { control }: { control: Control }) {
  const routes = app.withTypeProvider<TypeBoxTypeProvider>()
  routes.post('/_control/:verb', { schema: { params: Verb } }, async (request, reply) => {
    const { verb } = request.params
    if (!isVerb(control, verb)) {
      return reply.code(404).send({ error: `verbs: ${Object.keys(control).join(', ')}` })
    }
    try {
      const perform = control[verb] as (input: unknown) => unknown
      return reply
        .type('application/json')
        .send(JSON.stringify(perform(request.body ?? {}) ?? null))
    } catch (error) {
      return reply.code(400).send({ error: (error as Error).message })
    }
  })
}

function isVerb(control: Control, verb: string): verb is keyof Control {
  return Object.hasOwn(control, verb)
}
