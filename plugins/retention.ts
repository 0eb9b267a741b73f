import fp from 'fastify-plugin'
import type { Trx } from '../db/open.ts'
import { DAY, MINUTE } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import type { Emit } from '../src/events/transact.ts'
import { inSlices } from '../src/jobs/slices.ts'
import { purgeOAuthTransactions } from '../src/oauth/transactions.ts'
import { purgeIdempotencyKeys, purgeTips } from '../src/tips/retention.ts'

/** Nothing is kept for longer than it is promised: decisions for `RETENTION_DAYS`, the rest until it expires. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { log } = app

    app.addJob({
      name: 'retention purge',
      everyMs: DAY,
      firstDelayMs: 0,
      async run({ traceId, signal }) {
        const tips = await purgeTips(app, config.RETENTION_DAYS, signal)
        if (tips > 0) log.info({ tips, traceId }, 'old tips deleted')
      },
    })

    app.addJob({
      name: 'expiry',
      everyMs: 10 * MINUTE,
      firstDelayMs: 0,
      async run({ traceId, signal }) {
        await expireSessions(traceId, signal)
        await purgeIdempotencyKeys(app, signal)
        await purgeOAuthTransactions(app, signal)
      },
    })

    function expireSessions(traceId: string, signal: AbortSignal): Promise<number> {
      return inSlices(
        (work: (trx: Trx, emit: Emit) => Promise<number>) => app.transact(traceId, work),
        async (limit, trx, emit) => {
          const expired = await app.sessions.expire(trx, limit)
          for (const { userId, publicId } of expired) {
            const ended = { sessionId: publicId, reason: 'expired' }
            await emit('signals.session.ended', userId, ended)
          }
          return expired.length
        },
        signal,
      )
    }
  },
  { name: 'retention', dependencies: ['database', 'events', 'schedule', 'sessions'] },
)
