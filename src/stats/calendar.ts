import { DAY, HOUR, MINUTE } from '../clock.ts'
import { Problem } from '../errors.ts'
import { QUARTER_MS } from './quarters.ts'

/** The days of a time zone. A day is numbered from 1970-01-01, and written 2026-11-22. */
export interface Calendar {
  /** The day at a moment (milliseconds since the epoch). */
  dayAt(at: number): number
  /** When a day begins, in milliseconds since the epoch: the first moment at which the clocks show it. */
  startOf(day: number): number
}

export const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10)

/**
 * Days of a few zones are looked up again and again, and to ask for each when it begins takes longer than to count it.
 * The one made first goes first.
 */
const MOST_CALENDARS = 20
const calendars = new Map<string, Calendar>()

/**
 * @param timeZone an IANA name.
 * @throws {Problem} validation_failed for a name that is none.
 */
export function calendarOf(timeZone: string): Calendar {
  const known = calendars.get(timeZone)
  if (known) return known
  const calendar = createCalendar(timeZone)
  if (calendars.size >= MOST_CALENDARS) calendars.delete(calendars.keys().next().value as string)
  calendars.set(timeZone, calendar)
  return calendar
}

function createCalendar(timeZone: string): Calendar {
  const format = offsetFormat(timeZone)
  const offsetAt = (at: number) => parseOffset(format.format(at))
  const dayAt = (at: number) => Math.floor((at + offsetAt(at)) / DAY)
  const known = new Map<number, number>()
  const begins = (day: number, at: number) => dayAt(at) >= day && dayAt(at - 1) < day

  function find(day: number): number {
    const midnight = day * DAY
    const start = midnight - offsetAt(midnight - offsetAt(midnight))
    return begins(day, start) ? start : search(day)
  }

  /** Where midnight itself is skipped or comes twice. */
  function search(day: number): number {
    let before = Math.floor((day * DAY - 26 * HOUR) / QUARTER_MS)
    let after = Math.ceil((day * DAY + 26 * HOUR) / QUARTER_MS)
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (dayAt(middle * QUARTER_MS) >= day) after = middle
      else before = middle
    }
    return after * QUARTER_MS
  }

  return {
    dayAt,
    startOf(day) {
      const start = known.get(day) ?? find(day)
      known.set(day, start)
      return start
    },
  }
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch {
    throw new Problem('validation_failed', {
      errors: [{ path: 'query.tz', message: 'is not a time zone such as Europe/Berlin' }],
    })
  }
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d))?/

/** @returns what to add to UTC, in milliseconds. */
function parseOffset(text: string): number {
  const [, sign, hours, minutes] = OFFSET.exec(text) ?? []
  const size = Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE
  return sign === '-' ? -size : size
}
