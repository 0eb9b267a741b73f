import fp from 'fastify-plugin'
import { deleteExpiredOAuthTransactions } from '../db/oauth-transactions.ts'
import { DAY, MINUTE } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { inSlices, purgeIdempotencyKeys, purgeTips } from '../src/tips/retention.ts'

const SESSIONS_PER_SLICE = 100

/** Nothing is kept for longer than it is promised: decisions for `RETENTION_DAYS`, the rest until it expires. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, clock, log } = app

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
        await deleteExpiredOAuthTransactions(db, clock())
      },
    })

    function expireSessions(traceId: string, signal: AbortSignal): Promise<number> {
      return inSlices(SESSIONS_PER_SLICE, signal, (limit) =>
        app.transact(traceId, async (trx, emit) => {
          const expired = await app.sessions.expire(trx, limit)
          for (const { userId, publicId } of expired) {
            const ended = { sessionId: publicId, reason: 'expired' }
            await emit('signals.session.ended', userId, ended)
          }
          return expired.length
        }),
      )
    }
  },
  { name: 'retention', dependencies: ['database', 'events', 'schedule', 'session'] },
)
