import { MINUTE } from '../clock.ts'

/**
 * Everything is counted by quarters of an hour since the epoch: every time zone in use is a multiple of 15 minutes
 * away from UTC, so the days of each begin where a quarter begins.
 */
export const QUARTER_MS = 15 * MINUTE
export const DAY_QUARTERS = 96

export const quarterOf = (at: number): number => Math.floor(at / QUARTER_MS)
