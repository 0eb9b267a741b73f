import fp from 'fastify-plugin'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Config } from '../src/config.ts'
import { watchDatabase } from '../src/metrics/database.ts'
import { countEvents } from '../src/metrics/events.ts'
import { createHttpMetrics } from '../src/metrics/http.ts'
import { measureMl } from '../src/metrics/ml.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: {
      /** The figures of this moment in the Prometheus text format. */
      read(): Promise<string>
      contentType: string
    }
  }
}

/** What is measured, for Prometheus, in a registry of its own. Whoever uses `app.ml` after this uses a measured one. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const refresh = watchDatabase(registry, {
      db: app.db,
      path: config.DATABASE_PATH,
      consumers: {
        rewards: ['signals.tip.feedback'],
        stats: [],
        ...(config.NATS_URL && { nats: [] }),
      },
    })
    new Gauge({
      name: 'oo_jobs_here',
      help: '1 when this process is the one that runs the background jobs of the database',
      registers: [registry],
      collect() {
        this.set(app.jobLock.isHeld() ? 1 : 0)
      },
    })
    app.ml = measureMl(app.ml, registry)
    const stop = countEvents(registry, app.bus)
    app.addHook('onClose', async () => stop())

    const count = createHttpMetrics(registry)
    app.addHook('onResponse', (request, reply, done) => {
      count({
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        milliseconds: reply.elapsedTime,
      })
      done()
    })

    app.decorate('metrics', {
      contentType: registry.contentType,
      async read() {
        await refresh()
        return registry.metrics()
      },
    })
  },
  { name: 'metrics', dependencies: ['database', 'events', 'job-lock', 'ml'] },
)
