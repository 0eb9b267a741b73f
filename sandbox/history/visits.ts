import { DAY, HOUR } from '../../src/clock.ts'
import { localTime } from '../../src/features/local-time.ts'
import type { Person } from './people.ts'

/** When somebody was there, and how many tips they asked for. */
export interface Visit {
  at: number
  tips: number
}

const WAKES_MS = 7 * HOUR
const AWAKE_MS = 15 * HOUR

/**
 * When a person came first and all the visits between two times, oldest first.
 *
 * @param start when the history begins, @param now when it ends; milliseconds since the epoch
 */
export function visitsOf(person: Person, start: number, now: number) {
  const { random, timeZone, eagerness, joinedOnDay } = person
  const awake = (day: number) =>
    localTime(start + day * DAY, timeZone).dayStart + WAKES_MS + random.below(AWAKE_MS)
  const joined = Math.min(Math.max(awake(joinedOnDay), start + joinedOnDay * DAY), now - HOUR)
  const visits: Visit[] = []
  for (let day = Math.max(0, joinedOnDay); start + day * DAY <= now; day++) {
    const firstDay = day === joinedOnDay
    const weekend = [0, 6].includes(localTime(start + day * DAY, timeZone).dow)
    if (!firstDay && random.next() > eagerness * (weekend ? 0.55 : 1)) continue
    const at = firstDay ? joined : awake(day)
    if (at >= joined && at >= start && at < now) visits.push({ at, tips: 1 + random.below(4) })
  }
  return { joined, visits }
}
