import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, call, Unanswered } from '../caller.ts'
import { watchHealth } from '../health.ts'
import { type Person, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { eventually, startFaultWorld } from '../world.ts'

const MEASURE_MS = 2_000
const OVERLOAD_MS = { short: 5_000, long: 60_000 }
/** The server lets so many wait at once: at the rate it serves, nobody waits for longer than their turn takes. */
const WAITING = 750
/** The generator is on the same machine and has delays of its own. */
const GENERATOR_MS = 3_000
const BACK_WITHIN_S = 5
const TICK_MS = 20

/** Twice as many requests as can be served, come what may: what is accepted stays quick, the rest is sent away. */
export const overload: Scenario = {
  name: 'overload',
  async run({ short }: Extent) {
    const notes = takeNotes('overload')
    const world = await startFaultWorld({ LOG_LEVEL: 'error' })
    try {
      const ask = await anAsk(world.url, await settle(world, 'ada'))
      const rate = await capacity(ask)
      notes.count('requests a second it can serve', Math.round(rate))
      const withinMs = Math.round(GENERATOR_MS + (2 * WAITING * 1_000) / rate)
      const health = watchHealth(world.url, notes, 'overload', withinMs)
      const answers = await flood(ask, 2 * rate, short ? OVERLOAD_MS.short : OVERLOAD_MS.long)
      await health.stop()
      judge(notes, answers, withinMs)
      const back = await eventually(BACK_WITHIN_S, async () => {
        const { status, milliseconds } = await ask()
        return status === 200 && milliseconds < 1_000
      })
      notes.hold(back, `not back ${BACK_WITHIN_S} s after the overload`)
    } finally {
      await world.close()
    }
    return notes.report()
  },
}

type Ask = () => Promise<Answer>

/** A write that needs no neighbour: an answer to a tip. */
async function anAsk(url: string, { cookie }: Person): Promise<Ask> {
  const { body } = await call(url, 'POST', '/api/recommend', { cookie })
  const path = `/api/tip/${(body as { tip: { id: string } }).tip.id}/feedback`
  return () => call(url, 'POST', path, { cookie, body: { action: 'viewed' }, patience: 60_000 })
}

/** Requests a second that a few callers get answered, each waiting for the answer before it asks again. */
async function capacity(ask: Ask): Promise<number> {
  const until = performance.now() + MEASURE_MS
  let answered = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (performance.now() < until) {
        await ask()
        answered += 1
      }
    }),
  )
  return (answered * 1_000) / MEASURE_MS
}

/**
 * As many at once as may wait, and then more at a rate, whether or not there are answers.
 *
 * @returns all answers; undefined for none.
 */
async function flood(ask: Ask, rate: number, lastsMs: number) {
  const all: Promise<Answer | undefined>[] = []
  const startedAt = performance.now()
  for (let elapsed = 0; elapsed < lastsMs; elapsed = performance.now() - startedAt) {
    while (all.length < WAITING + (rate * elapsed) / 1_000) {
      all.push(
        ask().catch((error) => {
          if (error instanceof Unanswered) return undefined
          throw error
        }),
      )
    }
    await sleep(TICK_MS)
  }
  return Promise.all(all)
}

function judge(notes: Notes, answers: readonly (Answer | undefined)[], withinMs: number): void {
  notes.count('requests', answers.length)
  for (const answer of answers) {
    notes.hold(answer !== undefined, 'overload: a request is not answered at all')
    if (!answer) continue
    const { status, headers, body, milliseconds } = answer
    if (status === 200) {
      notes.count('accepted')
      notes.hold(
        milliseconds < withinMs,
        `overload: what is accepted takes ${Math.round(milliseconds)} ms`,
      )
      continue
    }
    notes.count('sent away')
    const { code } = body as { code?: string }
    const said = `${status} ${code}, retry-after ${headers.get('retry-after')}`
    notes.hold(/^503 overloaded, retry-after \d+$/.test(said), `overload: it answers ${said}`)
  }
}
