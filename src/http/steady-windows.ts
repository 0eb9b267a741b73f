import type { FastifyRateLimitStore } from '@fastify/rate-limit'

/** Callers who are counted at once; beyond that the longest counted is forgotten. */
const MAX_CALLERS = 5_000

/**
 * Counts requests by caller for @fastify/rate-limit, in windows of the monotonic clock. With those of the calendar a
 * window would last until the clock has caught up after it was set back, and everybody would be turned away.
 */
export class SteadyWindows implements FastifyRateLimitStore {
  readonly #windows = new Map<string, { current: number; until: number }>()

  incr(
    caller: string,
    callback: (error: Error | null, result: { current: number; ttl: number }) => void,
    timeWindow: number,
  ): void {
    const now = performance.now()
    let window = this.#windows.get(caller)
    if (!window || window.until <= now) {
      window = { current: 0, until: now + timeWindow }
      this.#open(caller, window)
    }
    window.current += 1
    callback(null, { current: window.current, ttl: window.until - now })
  }

  child(): SteadyWindows {
    return new SteadyWindows()
  }

  #open(caller: string, window: { current: number; until: number }): void {
    this.#windows.delete(caller)
    if (this.#windows.size >= MAX_CALLERS) {
      this.#windows.delete(this.#windows.keys().next().value as string)
    }
    this.#windows.set(caller, window)
  }
}
