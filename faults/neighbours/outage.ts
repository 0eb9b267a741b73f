import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from '../load.ts'
import type { Notes } from '../report.ts'
import { drained, type FaultWorld, metric } from '../world.ts'

/** What may be tried with nobody asking: so often at once, and then in every so many milliseconds. */
const AT_REST: Record<string, { atOnce: number; everyMs: number }> = {
  ml: { atOnce: 10, everyMs: 2_000 },
  todoist: { atOnce: 10, everyMs: 2_000 },
  nats: { atOnce: 5, everyMs: 400 },
  // Nobody signs in, and nothing is pushed a second time.
  identity: { atOnce: 0, everyMs: Number.POSITIVE_INFINITY },
  push: { atOnce: 0, everyMs: Number.POSITIVE_INFINITY },
}
/** What waited is delivered in batches, one after the other; what must be revoked, a few a second. */
const MOST_A_SECOND = 60
/** The longest wait before something is tried again, and what is then to be done. */
const DRAINS_WITHIN_S = 120

/** All neighbours away for a long time, first under load, then with nobody asking: what is tried again is tried ever more seldom. */
export async function sufferOutage(
  { url, lines }: FaultWorld,
  notes: Notes,
  load: Load,
  lastsMs: number,
): Promise<void> {
  for (const line of lines.values()) line.fault('down')
  await sleep(lastsMs / 2)
  await load.stop()
  for (const line of lines.values()) line.fault('down')
  await sleep(lastsMs / 2)
  for (const [name, line] of lines) {
    const { atOnce, everyMs } = AT_REST[name] ?? { atOnce: 0, everyMs: 1 }
    const times = line.attempts().length
    notes.hold(
      times <= atOnce + lastsMs / 2 / everyMs,
      `outage: with nobody asking, ${name} is tried ${times} times in ${lastsMs / 2} ms`,
    )
  }
  const waiting = (await metric(url, 'oo_outbox_backlog', 'consumer="rewards"')) ?? 0
  notes.count('rewards that waited', waiting)
}

/** All are back at once: what waited arrives, without a rush. */
export async function endOutage({ url, lines }: FaultWorld, notes: Notes): Promise<void> {
  for (const line of lines.values()) line.fault(undefined)
  notes.hold(await drained(url, DRAINS_WITHIN_S), `outage: events wait ${DRAINS_WITHIN_S} s after`)
  for (const [name, line] of lines) {
    const most = busiestSecond(line.attempts())
    notes.hold(most <= MOST_A_SECOND, `outage: after it ${name} is asked ${most} times a second`)
  }
}

/** The most attempts in any one second. @param times in milliseconds, in order. */
function busiestSecond(times: readonly number[]): number {
  let first = 0
  let most = 0
  for (const [last, time] of times.entries()) {
    while (time - (times[first] as number) >= 1_000) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}
