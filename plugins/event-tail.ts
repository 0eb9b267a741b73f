import type { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import { Problem } from '../src/errors.ts'
import { openEventStream, type StreamOptions } from '../src/events/stream.ts'
import { createEventTail, type EventTail } from '../src/events/tail.ts'

declare module 'fastify' {
  interface FastifyInstance {
    eventTail: EventTail
    /**
     * The log as it grows; ends when the server closes.
     *
     * @throws {Problem} overloaded, when there are too many already.
     */
    openEventStream(options: Omit<StreamOptions, 'signal'>): Readable
  }
}

/** How often events of other processes on the same file are looked for. */
const POLL_MS = 1_000
const MAX_STREAMS = 100

/** The end of the event log, and the live streams that follow it. */
export default fp(
  async (app) => {
    const tail = await createEventTail(app.db, app.bus)
    const closing = new AbortController()
    let open = 0
    app.decorate('eventTail', tail)
    app.decorate('openEventStream', (options) => {
      if (open >= MAX_STREAMS) throw new Problem('overloaded', { headers: { 'retry-after': '5' } })
      const stream = openEventStream(app.db, tail, { ...options, signal: closing.signal })
      open++
      return stream.once('close', () => {
        open--
      })
    })
    app.addJob({
      name: 'event tail',
      everyProcess: true,
      everyMs: POLL_MS,
      run: () => tail.catchUp(),
    })
    app.addHook('preClose', async () => {
      closing.abort()
      tail.close()
    })
  },
  { name: 'event-tail', dependencies: ['events', 'schedule'] },
)
