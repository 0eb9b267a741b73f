import { dirname, join, resolve } from 'node:path'
import fp from 'fastify-plugin'
import { DAY, MINUTE, SECOND } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { KEPT_RUNS, pruneRunFolders } from '../src/sims/folders.ts'
import { createSimQueue, type SimQueue } from '../src/sims/queue.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sims: SimQueue & {
      /** Holds one folder for each run. */
      root: string
      /** Fires when the server closes: whoever follows a run stops. */
      closing: AbortSignal
    }
  }
}

/** For those that another process took in. */
const LOOK_EVERY_MS = 2 * SECOND

const BUNDLED = join(import.meta.dirname, '..', 'sim', 'main.ts')

/** Of our own environment a simulator gets what a program needs to run, and none of our secrets but its own bearer. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS']

/** Simulations: subprocesses only, a few at a time, ended with the server. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const root = join(dirname(resolve(config.DATABASE_PATH)), 'sims')
    const closing = new AbortController()
    const queue = createSimQueue({
      db: app.db,
      transact: app.transact,
      clock: app.clock,
      argv: simulatorOf(config),
      env: environmentOf(config),
      maxConcurrent: config.SIM_MAX_CONCURRENT,
      root,
      mayRun: app.jobLock.isHeld,
      onError: (err, runId) =>
        app.log.error({ err, runId }, 'a simulation could not be carried out'),
    })
    app.decorate('sims', { ...queue, root, closing: closing.signal })

    app.addJob({
      name: 'simulation output purge',
      everyMs: DAY,
      firstDelayMs: MINUTE,
      async run({ traceId }) {
        const removed = await pruneRunFolders(app.db, root, KEPT_RUNS)
        if (removed > 0) app.log.info({ traceId, removed }, 'output of old simulations removed')
      },
    })
    app.jobLock.whenHeld(() => queue.start())
    app.addJob({
      name: 'queued simulations',
      everyMs: LOOK_EVERY_MS,
      run: () => queue.startQueued(),
    })
    app.addHook('preClose', async () => {
      closing.abort()
      await queue.stop()
    })
  },
  { name: 'sims', dependencies: ['database', 'events', 'schedule'] },
)

function simulatorOf({ SIM_COMMAND }: Config): string[] {
  const argv = SIM_COMMAND.split(' ').filter((word) => word !== '')
  return argv.length > 0 ? argv : [process.execPath, BUNDLED]
}

function environmentOf({ ML_SERVING_URL, ML_SERVING_TOKEN }: Config): NodeJS.ProcessEnv {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(passedOn), ML_SERVING_URL, ML_SERVING_TOKEN }
}
