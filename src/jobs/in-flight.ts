import { setTimeout as sleep } from 'node:timers/promises'

/** Work that goes on after its caller has left, and that a closing server waits for. */
export interface InFlight {
  /** @returns the same promise, remembered until it settles. */
  track<T>(work: Promise<T>): Promise<T>
  /** Resolves when nothing is left, or after `limitMs`. */
  drain(limitMs: number): Promise<void>
}

export function createInFlight(): InFlight {
  const running = new Set<Promise<unknown>>()
  return {
    track(work) {
      const settled = work.then(forget, forget)
      function forget(): void {
        running.delete(settled)
      }
      running.add(settled)
      return work
    },
    async drain(limitMs) {
      const limit = new AbortController()
      const late = sleep(limitMs, 'late', limit).catch(() => 'in time')
      while (running.size > 0) {
        const all = Promise.all(running).then(() => 'done')
        if ((await Promise.race([all, late])) === 'late') return
      }
      limit.abort()
    },
  }
}
