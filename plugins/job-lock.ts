import fp from 'fastify-plugin'
import { openJobLock } from '../db/job-lock.ts'
import { SECOND } from '../src/clock.ts'
import type { Config } from '../src/config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    jobLock: {
      /** Whether this process is the one that runs the jobs of the database. */
      isHeld(): boolean
      /** Calls back when this process becomes that one, at once if it is; at the earliest when the app is ready. */
      whenHeld(listener: () => void | Promise<void>): void
    }
  }
}

const TRY_EVERY_MS = SECOND

/**
 * Of several processes on one SQLite file one runs the jobs. The others serve, look every second whether it is gone, and
 * then one of them takes over.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const lock = openJobLock(config.DATABASE_PATH)
    const listeners: (() => void | Promise<void>)[] = []
    let held = lock.take()
    let ready = false
    let isBeginning = false
    let timer: NodeJS.Timeout | undefined

    async function begin(): Promise<void> {
      for (let next = listeners[0]; next; next = listeners[0]) {
        await next()
        listeners.shift()
      }
    }

    /** What fails, for the disk is full just now, is tried again, and those behind it wait. */
    async function beginPatiently(): Promise<void> {
      if (isBeginning) return
      isBeginning = true
      try {
        await begin()
        clearInterval(timer)
      } catch (err) {
        app.log.error({ err }, 'jobs cannot be started yet')
      } finally {
        isBeginning = false
      }
    }

    function tryAgain(): void {
      if (!held) {
        held = lock.take()
        if (held) app.log.info({}, 'the process that ran the jobs is gone: this one runs them now')
      }
      if (held) void beginPatiently()
    }

    app.decorate('jobLock', {
      isHeld: () => held,
      whenHeld(listener) {
        listeners.push(listener)
        if (ready && held) void beginPatiently()
      },
    })
    app.addHook('onReady', async () => {
      ready = true
      if (held) return begin()
      app.log.warn({}, 'another process runs the jobs of this database: this one only serves')
      timer = setInterval(tryAgain, TRY_EVERY_MS)
    })
    app.addHook('preClose', async () => clearInterval(timer))
    app.addHook('onClose', async () => lock.release())
  },
  { name: 'job-lock', dependencies: ['database'] },
)
