/** Callers who are counted at once; beyond that the longest counted is forgotten. */
const MAX_CALLERS = 5_000

/**
 * Counts what callers do in windows of the monotonic clock. With those of the calendar a window would last until the
 * clock has caught up after it was set back, and everybody would be turned away.
 */
export class SteadyWindows {
  readonly #windowMs: number
  readonly #windows = new Map<string, { count: number; until: number }>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Counts once more. @returns how often within the caller's window, this time included, and how long that lasts. */
  count(caller: string): { count: number; msToGo: number } {
    const now = performance.now()
    let window = this.#windows.get(caller)
    if (!window || window.until <= now) window = this.#open(caller, now + this.#windowMs)
    window.count += 1
    return { count: window.count, msToGo: window.until - now }
  }

  #open(caller: string, until: number): { count: number; until: number } {
    this.#windows.delete(caller)
    if (this.#windows.size >= MAX_CALLERS) {
      this.#windows.delete(this.#windows.keys().next().value as string)
    }
    const window = { count: 0, until }
    this.#windows.set(caller, window)
    return window
  }
}
