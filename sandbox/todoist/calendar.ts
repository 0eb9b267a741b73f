import type { User } from './types.ts'

const DAY_MS = 24 * 60 * 60 * 1000

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making a format costs far more than using it. */
function dayFormat(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone })
  formats.set(timezone, format)
  return format
}

/** The calendar day, `YYYY-MM-DD`, that is `days` after the one on which `now` (ms) falls in the zone. */
export function dayIn(timezone: string, now: number, days = 0): string {
  return addDays(dayFormat(timezone).format(now), days)
}

/** The day, `YYYY-MM-DD`, that is `days` later; a time after it stays as it is. */
export function addDays(date: string, days: number): string {
  const day = new Date(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) + days * DAY_MS)
  return day.toISOString().slice(0, 10) + date.slice(10)
}

/** A person's zone as Todoist describes it; throws a RangeError on a zone that does not exist. */
export function zoneInfo(timezone: string, now: number): User['tz_info'] {
  const offset = offsetMinutes(timezone, now)
  const year = new Date(now).getUTCFullYear()
  const standard = Math.min(
    offsetMinutes(timezone, Date.UTC(year, 0)),
    offsetMinutes(timezone, Date.UTC(year, 6)),
  )
  const hours = Math.trunc(offset / 60)
  const minutes = Math.abs(offset % 60)
  return {
    timezone,
    gmt_string: `${offset < 0 ? '-' : '+'}${pad(Math.abs(hours))}:${pad(minutes)}`,
    hours,
    minutes,
    is_dst: offset > standard ? 1 : 0,
  }
}

function offsetMinutes(timezone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(parts?.value ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
