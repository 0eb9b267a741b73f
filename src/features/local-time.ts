import { DAY, HOUR, MINUTE } from '../clock.ts'

/** The wall clock of a time zone at one moment. */
export interface LocalTime {
  /** 2026-11-22 */
  day: string
  /** 0–23 */
  hour: number
  /** 0 (Sunday) – 6 */
  dow: number
  /** Midnight that began the day, in milliseconds since the epoch. */
  dayStart: number
}

interface Zone {
  format: Intl.DateTimeFormat
  /** By minutes since the epoch: since 1990 no zone's clocks changed within a minute. */
  offsets: Map<number, number>
}

const zones = new Map<string, Zone>()

/** Of a zone: those of this minute and of some days that begin. */
const MAX_OFFSETS = 1_000

/** Making a format costs a hundred times what using it does. */
function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known) return known
  // Swedish dates are ISO 8601 but for the T.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  const zone = { format, offsets: new Map() }
  zones.set(timeZone, zone)
  return zone
}

/** How far the zone's wall clock is ahead of UTC at a moment, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const { format, offsets } = zoneOf(timeZone)
  const minute = Math.floor(at / MINUTE)
  const known = offsets.get(minute)
  if (known !== undefined) return known
  const begin = minute * MINUTE
  const offset = Date.parse(`${format.format(begin).replace(' ', 'T')}Z`) - begin
  if (offsets.size >= MAX_OFFSETS) offsets.clear()
  offsets.set(minute, offset)
  return offset
}

/**
 * What clock and calendar say in a time zone.
 *
 * @param at milliseconds since the epoch.
 * @param timeZone IANA name.
 * @throws RangeError for a time zone that this runtime does not know.
 */
export function localTime(at: number, timeZone: string): LocalTime {
  const offset = offsetAt(at, timeZone)
  const wall = new Date(at + offset)
  const midnight = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate())
  return {
    day: wall.toISOString().slice(0, 10),
    hour: wall.getUTCHours(),
    dow: wall.getUTCDay(),
    dayStart: firstMoment(midnight, offset, timeZone),
  }
}

/**
 * When the clocks first showed a midnight, or what came in its place: they may have changed since, and where they change
 * at midnight, it is skipped or comes twice.
 *
 * @param midnight as if it were UTC. @param offset of a moment of the day.
 */
function firstMoment(midnight: number, offset: number, timeZone: string): number {
  const start = midnight - offset
  const earlier = midnight - offsetAt(start - 2 * HOUR, timeZone)
  const isOfDay = (at: number) => at + offsetAt(at, timeZone) >= midnight
  return Math.min(...[start, earlier].filter(isOfDay))
}

/**
 * The hour of the day (0–23) of many moments. Asking for an offset costs microseconds, so it is asked once for each
 * UTC day, and again only within a day in which the clocks change.
 */
export function hourReader(timeZone: string): (at: number) => number {
  const offsets = new Map<number, number | 'changes'>()

  function offsetOfDay(day: number): number | 'changes' {
    const begin = offsetAt(day * DAY, timeZone)
    return begin === offsetAt((day + 1) * DAY, timeZone) ? begin : 'changes'
  }

  return (at) => {
    const day = Math.floor(at / DAY)
    const known = offsets.get(day) ?? offsetOfDay(day)
    offsets.set(day, known)
    const offset = known === 'changes' ? offsetAt(at, timeZone) : known
    return Math.floor((at + offset) / HOUR) % 24
  }
}
