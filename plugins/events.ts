import fp from 'fastify-plugin'
import { createEventBus, type EventBus } from '../src/events/bus.ts'
import { createTransact, type Transact } from '../src/events/transact.ts'

declare module 'fastify' {
  interface FastifyInstance {
    bus: EventBus
    transact: Transact
  }
}

/** The event log: `transact` writes a change with its events, `bus` tells this process what was committed. */
export default fp(
  async (app) => {
    const bus = createEventBus((err, event) =>
      app.log.error({ err, event: event.id, type: event.type }, 'an event listener failed'),
    )
    app.decorate('bus', bus)
    app.decorate('transact', createTransact(app.db, bus, app.clock))
  },
  { name: 'events', dependencies: ['database'] },
)
