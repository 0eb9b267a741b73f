/** Requests per user and window (Todoist: 1000 incremental and 100 full syncs per 15 minutes). */
export interface Limits {
  incremental: number
  full: number
  windowSeconds: number
}

export const documentedLimits: Limits = { incremental: 1000, full: 100, windowSeconds: 900 }

/**
 * Counts one request.
 *
 * @returns seconds until there is room again, or undefined when the request is within the limit
 */
export type Limiter = (userId: string, kind: 'incremental' | 'full') => number | undefined

/** Fixed windows, each starting with a user's first request of a kind. */
export function createLimiter(limits: Limits, clock: () => number): Limiter {
  const windows = new Map<string, { endsAt: number; count: number }>()
  return (userId, kind) => {
    const key = `${kind} ${userId}`
    let window = windows.get(key)
    if (!window || window.endsAt <= clock()) {
      window = { endsAt: clock() + limits.windowSeconds * 1000, count: 0 }
      windows.set(key, window)
    }
    window.count += 1
    if (window.count <= limits[kind]) return undefined
    return Math.ceil((window.endsAt - clock()) / 1000)
  }
}
