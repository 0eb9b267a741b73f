import { setTimeout as sleep } from 'node:timers/promises'
import { call } from '../caller.ts'
import { type FaultyLine, LINE_FAULTS, type LineFault, openLine } from '../faulty-line.ts'
import { watchHealth } from '../health.ts'
import { examine } from '../invariants/index.ts'
import { emptyLedger } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, type Person, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { eventually, type FaultWorld, metric, startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const FAULT_MS = { short: 2_500, long: 60_000 }
/** Both deadlines of a tip (0.3 and 1.5 s), and what a machine busy with the suite adds. */
const TIP_WITHIN_MS = 3_500
/** A breaker lets one call try every five seconds. */
const HEALS_WITHIN_S = 20
/** Calls before a breaker opens, with those that were under way; a load makes hundreds. */
const ATTEMPTS_BEFORE_OPEN = 12
const ML_OPERATIONS = 6

type Faults = readonly LineFault[]
const SHORT: Record<string, Faults> = {
  ml: ['down', 'hang', 'garbage', 'half', 'flap'],
  todoist: ['hang', 'half'],
  nats: ['down', 'hang'],
}

/** Each neighbour slow, down, flapping, talking nonsense or cut off, under load. */
export const neighbours: Scenario = {
  name: 'neighbours',
  async run({ short }: Extent) {
    const notes = takeNotes('neighbours')
    const bare = await startFaultWorld({ LOG_LEVEL: 'error' })
    const { services, nats } = bare
    const lines: Record<string, FaultyLine> = {
      ml: await openLine(services.ml.url),
      todoist: await openLine(services.todoist.url),
      ...(nats && { nats: await openLine(nats.url) }),
    }
    try {
      const people = [await settle(bare, 'ada'), await settle(bare, 'grace')]
      const world = await throughLines(bare, lines)
      const admin = await adminCookie(world)
      const ledger = emptyLedger()
      const load = startLoad({ world, people, admin, ledger, pauseMs: 20 })
      for (const [name, line] of Object.entries(lines)) {
        for (const fault of short ? (SHORT[name] ?? []) : LINE_FAULTS) {
          line.fault(fault)
          const lasts = short ? FAULT_MS.short : FAULT_MS.long
          await suffer(world, notes, people[0] as Person, `${name} ${fault}`, line, lasts)
          line.fault(undefined)
        }
        await expectHealed(world, notes, people[0] as Person, name)
      }
      await load.stop()
      await expectPatience(notes, lines.ml as FaultyLine, short ? 8_000 : 300_000)
      notes.add(await examine(world, ledger, people, admin))
      countLedger(notes, ledger)
    } finally {
      await bare.close()
      for (const line of Object.values(lines)) await line.close()
    }
    return notes.report()
  },
}

/** Starts the server again, with its neighbours at the other ends of the lines. */
async function throughLines(
  world: FaultWorld,
  { ml, todoist, nats }: Record<string, FaultyLine>,
): Promise<FaultWorld> {
  await world.stop()
  Object.assign(world.services.env, {
    ML_SERVING_URL: `http://127.0.0.1:${ml?.port}`,
    TODOIST_API_URL: `http://127.0.0.1:${todoist?.port}`,
    ...(nats && { NATS_URL: `nats://127.0.0.1:${nats.port}` }),
  })
  await world.start()
  return world
}

/** While a neighbour is ill: tips come in time, `/health` is well, and the neighbour is left alone. */
async function suffer(
  world: FaultWorld,
  notes: Notes,
  { cookie }: Person,
  name: string,
  line: FaultyLine,
  lastsMs: number,
): Promise<void> {
  notes.count('faults')
  const health = watchHealth(world.url, notes, name)
  const until = performance.now() + lastsMs
  while (performance.now() < until) {
    const { status, milliseconds } = await call(world.url, 'POST', '/api/recommend', { cookie })
    notes.hold(status === 200, `${name}: a tip is answered ${status}`)
    notes.hold(milliseconds < TIP_WITHIN_MS, `${name}: a tip takes ${Math.round(milliseconds)} ms`)
    await sleep(50)
  }
  await health.stop()
  const most = ML_OPERATIONS * (ATTEMPTS_BEFORE_OPEN + lastsMs / 1_000)
  const storms = !name.endsWith('slow') && !name.endsWith('flap') && line.attempts() > most
  notes.hold(!storms, `${name}: it is asked ${line.attempts()} times in ${lastsMs} ms`)
}

/** The breakers close, and what waited arrives. */
async function expectHealed(
  { url }: FaultWorld,
  notes: Notes,
  { cookie }: Person,
  name: string,
): Promise<void> {
  const healed = await eventually(HEALS_WITHIN_S, async () => {
    const { body } = await call(url, 'POST', '/api/recommend', { cookie })
    const open = (await metric(url, 'oo_ml_circuit_open')) ?? 0
    return (body as { tip: { source: string } }).tip.source === 'model' && open === 0
  })
  notes.hold(healed, `${name}: not well again after ${HEALS_WITHIN_S} s`)
}

/** With nobody asking, what is tried again is tried ever more seldom. */
async function expectPatience(notes: Notes, line: FaultyLine, lastsMs: number): Promise<void> {
  line.fault('down')
  await sleep(lastsMs)
  const most = 10 + lastsMs / 2_000
  notes.hold(line.attempts() <= most, `ml/serving away: tried ${line.attempts()} times at rest`)
  line.fault(undefined)
}
