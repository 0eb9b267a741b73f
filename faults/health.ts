import { setTimeout as sleep } from 'node:timers/promises'
import type { Notes } from './report.ts'

export interface HealthWatch {
  stop(): Promise<void>
}

const EVERY_MS = 100
/** A probe's patience, on a machine that is busy with the suite itself. */
const LATEST_MS = 4_000

/** Asks `/health` all the time: whatever is broken, it answers 200, and soon. */
export function watchHealth(
  url: string,
  notes: Notes,
  during: string,
  latestMs = LATEST_MS,
): HealthWatch {
  let stopped = false
  async function watch(): Promise<void> {
    while (!stopped) {
      const startedAt = performance.now()
      const signal = AbortSignal.timeout(4 * latestMs)
      const answer = await fetch(`${url}/health`, { signal }).catch(() => undefined)
      const took = performance.now() - startedAt
      notes.count('health checks')
      notes.hold(
        answer?.status === 200,
        `${during}: /health answers ${answer?.status ?? 'nothing'}`,
      )
      notes.hold(took < latestMs, `${during}: /health takes ${Math.round(took)} ms`)
      await sleep(EVERY_MS)
    }
  }
  const ended = watch()
  return {
    async stop() {
      stopped = true
      await ended
    },
  }
}
