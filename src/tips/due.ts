import { DAY } from '../clock.ts'
import { localTime } from '../features/local-time.ts'

/** A UTC time as providers write it. Anything else begins with the local day that it means. */
const UTC_TIME = /^\d{4}-\d{2}-\d{2}T.*Z$/
const LOCAL_DAY = /^\d{4}-\d{2}-\d{2}/

/**
 * The user's calendar day (`2026-11-22`) on which something is due; null when it has no due date, or one that makes no
 * sense.
 *
 * @param due a day, a floating local time, or a UTC time.
 * @param timeZone IANA name.
 */
export function dueDay(due: string | null, timeZone: string): string | null {
  const day = due === null ? undefined : LOCAL_DAY.exec(due)?.[0]
  if (due === null || day === undefined || Number.isNaN(Date.parse(day))) return null
  if (!UTC_TIME.test(due)) return day
  const at = Date.parse(due)
  return Number.isNaN(at) ? day : localTime(at, timeZone).day
}

/** Whole days from one calendar day to another; negative when it lies before. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY)

/** @returns the calendar day so many days later. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)
