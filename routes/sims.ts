import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { EmptyBody, IdParams, Page, PageQuery } from '../schemas/common.ts'
import { ref } from '../schemas/ref.ts'
import {
  SimOutput,
  SimOutputHeaders,
  SimOutputQuery,
  SimParams,
  SimRunAnswer,
  SimRunSchema,
} from '../schemas/sims.ts'
import { followOutput, readOutput } from '../src/sims/output.ts'
import { getRun, listRuns, runBody } from '../src/sims/runs.ts'

const EVENT_STREAM = 'text/event-stream'

/** Simulations: started, watched, ended. */
export const simRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const output = { db: app.db, root: app.sims.root }

  app.post(
    '/admin/sim/run',
    {
      schema: {
        operationId: 'runSimulation',
        tags: ['admin'],
        summary: 'Start a simulation, or queue it when enough are running',
        body: SimParams,
        response: { 202: SimRunAnswer },
      },
    },
    async (request, reply) => {
      const { user } = app.sessionOf(request)
      const row = await app.sims.enqueue(request.body, user.id, request.traceId)
      return reply.code(202).send({ run: runBody(row) })
    },
  )

  app.get(
    '/admin/sim/runs',
    {
      schema: {
        operationId: 'listSimulations',
        tags: ['admin'],
        summary: 'Simulations, newest first',
        querystring: PageQuery,
        response: { 200: Page(ref(SimRunSchema)) },
      },
    },
    async ({ query }) => listRuns(app.db, query.limit, query.cursor),
  )

  app.get(
    '/admin/sim/runs/:id',
    {
      schema: {
        operationId: 'getSimulation',
        tags: ['admin'],
        summary: 'One simulation',
        params: IdParams,
        response: { 200: SimRunAnswer },
        problems: [404],
      },
    },
    async ({ params }) => ({ run: await getRun(app.db, params.id) }),
  )

  app.get(
    '/admin/sim/runs/:id/output',
    {
      // A HEAD of a stream would be read to its end for nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'readSimulationOutput',
        tags: ['admin'],
        summary: 'What a simulation wrote, from an offset on',
        description:
          'With `Accept: text/event-stream` it is followed to its end: each event carries the same fields as the JSON ' +
          'answer and has the next offset as its id, `Last-Event-ID` resumes, and an event `done` with the status ends it.',
        params: IdParams,
        querystring: SimOutputQuery,
        headers: SimOutputHeaders,
        response: {
          200: {
            description: 'A slice of the output, or a stream of it',
            content: {
              'application/json': { schema: SimOutput },
              [EVENT_STREAM]: { schema: Type.Unsafe<Readable>({ type: 'string' }) },
            },
          },
        },
        problems: [404],
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const offset = request.query.offset ?? 0
      if (!request.headers.accept?.includes(EVENT_STREAM)) return readOutput(output, id, offset)
      const start = request.headers['last-event-id'] ?? offset
      // An unknown run is a problem answer, not a stream that breaks off.
      await getRun(app.db, id)
      // The connection ends with the stream: kept alive, it would hold up the server's own end.
      reply.type(EVENT_STREAM).headers({ connection: 'close', 'x-accel-buffering': 'no' })
      return reply.send(followOutput(output, id, start, app.sims.closing))
    },
  )

  app.post(
    '/admin/sim/runs/:id/cancel',
    {
      schema: {
        operationId: 'cancelSimulation',
        tags: ['admin'],
        summary: 'End a simulation and everything it started',
        params: IdParams,
        body: EmptyBody,
        response: { 202: SimRunAnswer },
        problems: [404, 409],
      },
    },
    async (request, reply) => {
      const row = await app.sims.cancel(request.params.id, request.traceId)
      return reply.code(202).send({ run: runBody(row) })
    },
  )
}
