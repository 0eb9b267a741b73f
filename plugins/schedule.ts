import { fastifySchedule } from '@fastify/schedule'
import fp from 'fastify-plugin'
import { AsyncTask, CronJob, SimpleIntervalJob } from 'toad-scheduler'
import { newTraceId } from '../src/trace.ts'

/** What a job is given: a trace for its log lines and calls, and a signal that fires when the server closes. */
export interface JobRun {
  traceId: string
  signal: AbortSignal
}

interface JobBase {
  name: string
  /** Not one for all processes on the database, but one for each: what it looks after is in this process. */
  everyProcess?: boolean
  run(run: JobRun): Promise<void>
}

/** A job every so many milliseconds, the first time after `firstDelayMs` (default: one interval). */
export interface IntervalJob extends JobBase {
  everyMs: number
  firstDelayMs?: number
}

/** A job at the times of a cron expression, in UTC. */
export interface CronTimedJob extends JobBase {
  cron: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Adds a background task. It starts when the app is ready and this process is the one that runs the jobs, never
     * overlaps itself, and is awaited on close.
     */
    addJob(job: IntervalJob | CronTimedJob): void
  }
}

/**
 * Background tasks through @fastify/schedule. What it leaves open is added here: a first delay, an end that waits for
 * the tasks in flight, and an error handler, without which one failure would stop a job for ever.
 */
export default fp(
  async (app) => {
    await app.register(fastifySchedule)
    const closing = new AbortController()
    const inFlight = new Map<JobBase, Promise<void>>()

    async function runOnce(job: JobBase): Promise<void> {
      // The scheduler prevents overlaps of one timer; a job with a first delay has two.
      if (closing.signal.aborted || inFlight.has(job)) return
      const traceId = newTraceId()
      const run = (async () => job.run({ traceId, signal: closing.signal }))()
        .catch((err) => app.log.error({ err, job: job.name, traceId }, 'job failed'))
        .finally(() => inFlight.delete(job))
      inFlight.set(job, run)
      await run
    }

    const taskOf = (job: JobBase) => new AsyncTask(job.name, () => runOnce(job))

    function start(job: IntervalJob | CronTimedJob): void {
      if ('cron' in job) {
        const schedule = { cronExpression: job.cron, timezone: 'Etc/UTC' }
        app.scheduler.addCronJob(new CronJob(schedule, taskOf(job), { preventOverrun: true }))
        return
      }
      const repeat = () =>
        app.scheduler.addSimpleIntervalJob(
          new SimpleIntervalJob({ milliseconds: job.everyMs }, taskOf(job), { id: job.name }),
        )
      if (job.firstDelayMs === undefined) {
        repeat()
        return
      }
      const firstId = `${job.name}: first`
      const first = new AsyncTask(firstId, async () => {
        app.scheduler.removeById(firstId)
        repeat()
        await runOnce(job)
      })
      // An interval of 0 is none: the first run is then as soon as can be.
      const delay = { milliseconds: Math.max(1, job.firstDelayMs) }
      app.scheduler.addSimpleIntervalJob(new SimpleIntervalJob(delay, first, { id: firstId }))
    }

    const ownJobs: (IntervalJob | CronTimedJob)[] = []
    app.decorate('addJob', (job) => {
      if (job.everyProcess) ownJobs.push(job)
      else app.jobLock.whenHeld(() => start(job))
    })
    app.addHook('onReady', async () => {
      for (const job of ownJobs) start(job)
    })
    app.addHook('preClose', async () => {
      closing.abort()
      await Promise.all(inFlight.values())
    })
  },
  { name: 'schedule', dependencies: ['job-lock'] },
)
