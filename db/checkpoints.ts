import { openSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Writes the log (WAL) back into the database file. */
export interface Checkpoints {
  /** To be called after a commit: tells that there may be something to write back. */
  committed(): void
  close(): Promise<void>
}

/** Nothing to write back: a database in memory. */
export const NO_CHECKPOINTS: Checkpoints = { committed: () => {}, close: async () => {} }

/** A look costs a message to another thread. */
const LOOK_EVERY_COMMITS = 32

/**
 * Checkpoints in a thread of their own. SQLite itself makes one within the commit that finds the log long enough, which
 * holds up everybody for some 20 ms every thousand pages: several times a second while tips are made.
 *
 * The thread starts when there is something to do for it. Should it fail, the connection's own automatic checkpoint is
 * behind it (see open.ts), and the next look starts another one.
 *
 * @param path of the database, which is there.
 */
export function checkpointsBeside(path: string): Checkpoints {
  let worker: Worker | undefined
  let commits = 0
  /** The database, to be synced. It stays open: to close it would drop all locks of this process on it (POSIX). */
  const file = openSync(path, 'r')

  function start(): Worker {
    const started = new Worker(new URL('checkpoint-worker.ts', import.meta.url), {
      workerData: { path, file },
      // Neither our secrets nor what we were started with.
      env: {},
      execArgv: [],
    })
    started.unref()
    started.on('error', (error) => {
      process.emitWarning(`a checkpoint failed: ${error.message}`)
      if (worker === started) worker = undefined
    })
    return started
  }

  return {
    committed() {
      commits += 1
      if (commits < LOOK_EVERY_COMMITS) return
      commits = 0
      worker ??= start()
      worker.postMessage('look')
    },

    async close() {
      const ended = worker
      worker = undefined
      if (!ended) return
      const exited = new Promise((resolve) => ended.once('exit', resolve))
      ended.ref()
      ended.postMessage('close')
      await exited
    },
  }
}
