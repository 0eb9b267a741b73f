/** Now, in milliseconds since the epoch. Injected, so that limits in days are tested in no time. */
export type Clock = () => number

export const toIso = (at: number): string => new Date(at).toISOString()
export const toIsoOrNull = (at: number | null): string | null => (at === null ? null : toIso(at))

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/**
 * Whether so long has passed since a moment. A moment that is still to come dates from before the clock was set back,
 * and counts as long ago: nothing waits until the clock has caught up.
 */
export const hasPassed = (since: number, ms: number, now: number): boolean =>
  now < since || now - since >= ms
