import fp from 'fastify-plugin'
import type { Stats } from '../schemas/stats.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../src/clock.ts'
import { foldAll } from '../src/stats/fold.ts'
import { reconcile } from '../src/stats/reconcile.ts'
import { reportStats } from '../src/stats/report.ts'

declare module 'fastify' {
  interface FastifyInstance {
    stats: {
      /** The figures up to now: what happened a moment ago is counted first, as far as that takes no longer than a second. */
      report(query: { days: number; tz: string }): Promise<Stats>
    }
  }
}

/** Not at each event: one write for all that happened in between. */
const FOLD_EVERY_MS = 2 * SECOND
const FIRST_FOLD_MS = SECOND
const REPORT_WAIT_MS = SECOND

/** The figures, counted from the event log as it grows. */
export default fp(
  async (app) => {
    let folding: Promise<void> | undefined

    /** One at a time; who comes while one runs, waits for it and then counts what came since. */
    async function fold(limitMs: number, signal?: AbortSignal): Promise<void> {
      const until = performance.now() + limitMs
      while (folding && performance.now() < until) await folding
      if (folding) return
      folding = foldAll(app.db, until - performance.now(), signal).finally(() => {
        folding = undefined
      })
      await folding
    }

    app.decorate('stats', {
      async report(query) {
        await fold(REPORT_WAIT_MS)
        return reportStats(app.db, app.clock(), query)
      },
    })
    app.addJob({
      name: 'stats',
      everyMs: FOLD_EVERY_MS,
      firstDelayMs: FIRST_FOLD_MS,
      run: ({ signal }) => fold(MINUTE, signal),
    })
    app.addJob({
      name: 'stats reconciliation',
      everyMs: DAY,
      firstDelayMs: HOUR,
      async run({ signal }) {
        await fold(MINUTE, signal)
        await reconcile(app.db, app.log, signal)
      },
    })
  },
  { name: 'stats', dependencies: ['events', 'schedule'] },
)
