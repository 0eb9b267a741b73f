import { Cron } from 'croner'
import { type Clock, SECOND } from '../clock.ts'

type Millis = ReturnType<Clock>

/**
 * The last time that a cron expression (UTC) came due.
 *
 * @param withinMs how far to look back.
 * @returns undefined when it did not come due in that time.
 */
export function lastOccurrence(cron: string, now: Millis, withinMs: number): Millis | undefined {
  const schedule = new Cron(cron, { paused: true, timezone: 'Etc/UTC' })
  const nextAfter = (at: Millis) => schedule.nextRun(new Date(at))?.getTime() ?? Infinity
  // Twice as far each time: a frequent schedule is not walked through from an hour ago.
  for (let back = SECOND; back < 2 * withinMs; back *= 2) {
    let found = nextAfter(now - Math.min(back, withinMs))
    if (found > now) continue
    for (let next = found; next <= now; next = nextAfter(next)) found = next
    return found
  }
  return undefined
}
