import { call } from '../caller.ts'
import { createGenerator, type Generator, type Shot } from '../generator.ts'
import { watchHealth } from '../health.ts'
import { type Person, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { eventually, startFaultWorld } from '../world.ts'

const MEASURE_MS = 2_000
const CALLERS = 16
const OVERLOAD_MS = { short: 5_000, long: 60_000 }
/** The server lets so many wait at once. */
const WAITING = 750
/** Who is let in waits for no more than the turns of all the others, and some more at first. */
const TURNS = 3
/** For a machine that is busy elsewhere, as in CI. */
const SLACK_MS = { short: 5_000, long: 1_500 }
/** Of what it can serve, so much is served all the same. To turn somebody away costs something too. */
const STILL_SERVED = 0.05
const BACK_WITHIN_S = 5

/** Twice as many requests as can be served, come what may: what is accepted stays quick, the rest is sent away. */
export const overload: Scenario = {
  name: 'overload',
  async run({ short }: Extent) {
    const notes = takeNotes('overload')
    const world = await startFaultWorld({ LOG_LEVEL: 'error' })
    let generator: Generator | undefined
    try {
      generator = await answering(world.url, await settle(world, 'ada'))
      const rate = await generator.pull(CALLERS, MEASURE_MS)
      notes.count('requests a second it can serve', Math.round(rate))
      const health = watchHealth(world.url, notes, 'overload')
      const lastsMs = short ? OVERLOAD_MS.short : OVERLOAD_MS.long
      const shots = await generator.push(2 * rate, 2 * WAITING, lastsMs)
      await health.stop()
      const slackMs = short ? SLACK_MS.short : SLACK_MS.long
      const served = judge(notes, shots, lastsMs, slackMs + generator.lateMs())
      notes.hold(served > rate * STILL_SERVED, `overload: only ${served} a second are served`)
      const back = await eventually(BACK_WITHIN_S, async () => {
        const shot = await generator?.shoot()
        return shot?.status === 200 && shot.milliseconds < 1_000
      })
      notes.hold(back, `not back ${BACK_WITHIN_S} s after the overload`)
    } finally {
      await generator?.close()
      await world.close()
    }
    return notes.report()
  },
}

/** A write that needs no neighbour: an answer to a tip. */
async function answering(url: string, { cookie }: Person): Promise<Generator> {
  const { body } = await call(url, 'POST', '/api/recommend', { cookie })
  const path = `/api/tip/${(body as { tip: { id: string } }).tip.id}/feedback`
  const headers = { cookie, 'content-type': 'application/json' }
  return createGenerator(url, path, headers, JSON.stringify({ action: 'viewed' }))
}

/** @returns how many were served a second. */
function judge(
  notes: Notes,
  shots: readonly (Shot | undefined)[],
  lastedMs: number,
  slackMs: number,
): number {
  const answered = shots.filter((shot) => shot !== undefined)
  const accepted = answered.filter(({ status }) => status === 200)
  const others = answered.filter(({ status }) => status !== 200)
  const lost = shots.length - answered.length
  notes.hold(lost === 0, `overload: ${lost} requests are not answered at all`)
  for (const { status, code, retryAfter } of others) {
    const said = `${status} ${code}, retry-after ${retryAfter}`
    notes.hold(/^503 overloaded, retry-after \d+$/.test(said), `overload: it answers ${said}`)
  }
  const served = Math.round((accepted.length * 1_000) / lastedMs)
  const slowest = Math.round(
    accepted.reduce((most, { milliseconds }) => Math.max(most, milliseconds), 0),
  )
  const withinMs = (TURNS * WAITING * 1_000) / served + slackMs
  notes.hold(slowest < withinMs, `overload: what is accepted takes ${slowest} ms`)
  notes.count('requests', shots.length)
  notes.count('accepted', accepted.length)
  notes.count('sent away', others.length)
  notes.count('milliseconds that the slowest took', slowest)
  return served
}
