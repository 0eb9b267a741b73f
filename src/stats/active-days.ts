import { DAY_QUARTERS } from './quarters.ts'

/** The longest window of active users, in days. */
export const LONGEST_DAYS = 30
/** Bits of a number that can be shifted about. */
const MOST_DAYS = 31

/** On which days users were active: a bit for each day, so that a month of everybody is a few megabytes. */
export interface ActiveDays {
  note(userId: string, quarter: number): void
  /** Distinct users of so many days, up to the end of one. @param end the quarter after it. */
  count(end: number, days: number): number
}

/** @param first the quarter in which the first of at most 31 days (UTC) begins. */
export function createActiveDays(first: number): ActiveDays {
  const days = new Map<string, number>()
  const dayOf = (quarter: number) => Math.floor((quarter - first) / DAY_QUARTERS)
  return {
    note(userId, quarter) {
      const day = dayOf(quarter)
      if (day < MOST_DAYS) days.set(userId, (days.get(userId) ?? 0) | (1 << day))
    },
    count(end, window) {
      const last = dayOf(end - 1)
      let mask = 0
      for (let day = Math.max(0, last - window + 1); day <= last; day++) mask |= 1 << day
      let users = 0
      for (const bits of days.values()) if (bits & mask) users++
      return users
    },
  }
}
