import type { Database } from '../../db/open.ts'
import {
  claimSimRun,
  findSimRun,
  finishSimRun,
  insertSimRun,
  listSimRunIds,
  type StoredSimRun,
  updateSimProgress,
} from '../../db/sims.ts'
import type { SimParams } from '../../schemas/sims.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Transact } from '../events/transact.ts'
import { newId } from '../ids.ts'
import { newTraceId } from '../trace.ts'
import { runFiles } from './folders.ts'
import type { SimProcess } from './process.ts'
import { type Ending, runSimulation } from './run.ts'

export interface SimQueueOptions {
  db: Database
  transact: Transact
  clock: Clock
  /** Program and first arguments of the simulator. */
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  /** Runs at once; the rest wait. */
  maxConcurrent: number
  /** Holds one folder for each run. */
  root: string
  /** Whether this process is the one that carries out runs; another only takes them in. */
  mayRun(): boolean
  onError(error: unknown, runId?: string): void
}

export interface SimQueue {
  /** Marks what a crash left running as failed, and goes on with what is queued. */
  start(): Promise<void>
  /** Starts what is queued, as far as there is room. */
  startQueued(): Promise<void>
  enqueue(params: SimParams, requestedBy: string, traceId: string): Promise<StoredSimRun>
  /** Ends a run: a queued one at once, a running one by signals to its process group. */
  cancel(id: string, traceId: string): Promise<StoredSimRun>
  /** Ends what runs and starts nothing more. */
  stop(): Promise<void>
}

interface Active {
  process?: SimProcess
  interruption?: 'cancelled' | 'server stopped'
}

const PROGRESS_EVERY_MS = 500
/** A server that stops has less patience than one that cancels. */
const STOP_KILL_AFTER_MS = 2_000
const SERVER_STOPPED = 'server stopped'

/** Simulations, a few at a time: the queue is in the database, the processes are children of this one. */
export function createSimQueue(options: SimQueueOptions): SimQueue {
  const { db, transact, clock, maxConcurrent, root } = options
  const active = new Map<string, Active>()
  const inFlight = new Set<Promise<void>>()
  let stopping = false

  /** Starts queued runs while there is room. */
  async function startNext(): Promise<void> {
    while (!stopping && options.mayRun()) {
      const traceId = newTraceId()
      const row = await transact(traceId, async (trx, emit) => {
        const claimed = stopping ? undefined : await claimSimRun(trx, maxConcurrent, clock())
        if (!claimed) return undefined
        // Known before anyone can see it running, so that a cancellation always finds it.
        active.set(claimed.id, {})
        await emit('signals.sim.started', claimed.requested_by, { runId: claimed.id })
        return claimed
      })
      if (!row) return
      void track(carryOut(row, traceId))
    }
  }

  function startNextInBackground(): Promise<void> {
    const started = startNext().catch((error) => options.onError(error))
    return track(started)
  }

  function track(work: Promise<void>): Promise<void> {
    inFlight.add(work)
    return work.finally(() => inFlight.delete(work))
  }

  async function carryOut(row: StoredSimRun, traceId: string): Promise<void> {
    const state = active.get(row.id) as Active
    if (stopping) state.interruption ??= SERVER_STOPPED
    const progress = createProgress(row.id)
    try {
      const ending = await runSimulation(row, {
        argv: options.argv,
        env: options.env,
        files: runFiles(root, row.id),
        onProgress: progress.note,
        onStart(process) {
          state.process = process
          if (state.interruption) process.terminate()
        },
        interruption: () => state.interruption,
      }).catch((error) => {
        options.onError(error, row.id)
        return failed('the run could not be carried out')
      })
      await progress.stop()
      await finish(row.id, 'running', ending, traceId)
    } catch (error) {
      options.onError(error, row.id)
    }
    active.delete(row.id)
    await startNextInBackground()
  }

  function finish(id: string, from: 'queued' | 'running', ending: Ending, traceId: string) {
    return transact(traceId, async (trx, emit) => {
      const row = await finishSimRun(trx, id, from, { ...ending, finished_at: clock() })
      if (!row) return undefined
      const { status } = row
      await emit('signals.sim.finished', row.requested_by, { runId: id, status })
      return row
    })
  }

  /** Writes progress to the database now and then, however often a simulator tells it. */
  function createProgress(id: string) {
    let latest: [done: number, total: number] | undefined
    let timer: NodeJS.Timeout | undefined
    let writing: Promise<unknown> = Promise.resolve()
    const write = () => {
      timer = undefined
      if (latest)
        writing = updateSimProgress(db, id, ...latest).catch((e) => options.onError(e, id))
    }
    return {
      note(done: number, total: number) {
        latest = [done, total]
        timer ??= setTimeout(write, PROGRESS_EVERY_MS)
      },
      stop() {
        clearTimeout(timer)
        return writing
      },
    }
  }

  return {
    async start() {
      for (const { id } of await listSimRunIds(db, 'running')) {
        await finish(id, 'running', failed(SERVER_STOPPED), newTraceId())
      }
      await startNext()
    },

    startQueued: startNextInBackground,

    async enqueue(params, requestedBy, traceId) {
      const row = await transact(traceId, async (trx, emit) => {
        const inserted = await insertSimRun(trx, {
          id: newId(),
          status: 'queued',
          params: JSON.stringify(params),
          requested_by: requestedBy,
          created_at: clock(),
          progress_total: params.users * params.steps,
        })
        await emit('signals.sim.queued', requestedBy, { runId: inserted.id })
        return inserted
      })
      void startNextInBackground()
      return row
    },

    async cancel(id, traceId) {
      const ending: Ending = { ...failed('cancelled'), status: 'cancelled' }
      const queued = await finish(id, 'queued', ending, traceId)
      if (queued) return queued
      const row = await findSimRun(db, id)
      if (!row) throw new Problem('not_found')
      if (row.status !== 'running') throw new Problem('not_cancellable')
      const state = active.get(id)
      if (state) {
        state.interruption ??= 'cancelled'
        state.process?.terminate()
      }
      return row
    },

    async stop() {
      stopping = true
      for (const state of active.values()) {
        state.interruption ??= SERVER_STOPPED
        state.process?.terminate(STOP_KILL_AFTER_MS)
      }
      while (inFlight.size > 0) await Promise.all(inFlight)
    },
  }
}

const failed = (reason: string): Ending => ({
  status: 'failed',
  reason,
  exit_code: null,
  summary: null,
})
