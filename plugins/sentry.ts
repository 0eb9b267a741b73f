import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'

/**
 * Reports what ends in a 5xx to Sentry, when there is a DSN: the error and the trace id, nothing of the request, no
 * instrumentation of ours or other libraries' calls. The library is loaded only then.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    if (!config.SENTRY_DSN) return
    const Sentry = await import('@sentry/node')
    Sentry.init({
      dsn: config.SENTRY_DSN,
      environment: config.NODE_ENV,
      defaultIntegrations: false,
      tracePropagationTargets: [],
    })
    app.addHook('onError', async (request, _reply, error) => {
      const status = error.statusCode ?? 500
      if (status < 500) return
      Sentry.captureException(error, {
        tags: { traceId: request.traceId, route: request.routeOptions.url ?? 'unknown' },
      })
    })
    app.addHook('onClose', async () => {
      await Sentry.close(2_000)
    })
  },
  { name: 'sentry' },
)
