import { call } from '../caller.ts'
import { LINE_FAULTS, type LineFault } from '../faulty-line.ts'
import { watchHealth } from '../health.ts'
import { examine } from '../invariants/index.ts'
import { emptyLedger } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { expectHealed } from '../neighbours/healed.ts'
import { endOutage, sufferOutage } from '../neighbours/outage.ts'
import { probe, probesOf } from '../neighbours/probes.ts'
import { adminCookie, type Person, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { type FaultWorld, metric, startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const ROUND_MS = { short: 2_000, long: 60_000 }
const OUTAGE_MS = { short: 10_000, long: 3_600_000 }
/** By somebody and by the probe: in a quarter of an hour fewer than the thousand that Todoist takes of a person. */
const SYNC_EVERY_MS = { short: 300, long: 3_000 }
const MEBIBYTE = 2 ** 20
/** What an hour of serving may cost; an outage costs no more. */
const MEMORY_GROWTH = 192 * MEBIBYTE
/** Of what V8 keeps for long, with what it has not yet looked through: what waits, waits in the database. */
const HEAP_GROWTH = 96 * MEBIBYTE
/** Calls before a breaker opens, with those under way, and one every five seconds; of each operation of a neighbour. */
const MOST_ATTEMPTS = { operations: 6, first: 12, aSecond: 1 }
/** Who comes back from the provider has a code that is good for once and for a minute: it is tried whatever was before. */
const MOST_SIGN_INS_A_SECOND = 5

/** With whom a neighbour shares its faults, round by round: those two have the longest deadlines. */
const TURNS: Record<string, number> = { ml: 0, todoist: 1, nats: 2, identity: 3, push: 3 }

/** Which neighbours are ill, and how. */
type Round = ReadonlyMap<string, LineFault>

/**
 * All neighbours away for long and back at once; then each down, silent, slow, talking nonsense, cut off and flapping.
 */
export const neighbours: Scenario = {
  name: 'neighbours',
  async run({ short }: Extent) {
    const notes = takeNotes('neighbours')
    // Synced often, so that there is something to be patient with.
    const env = { LOG_LEVEL: 'error', TODOIST_SYNC_INTERVAL_MS: '5000' }
    const world = await startFaultWorld(env, { lines: true })
    try {
      const people = [await settle(world, 'ada'), await settle(world, 'grace')]
      const patient = people[1] as Person
      await register(world, patient)
      const admin = await adminCookie(world)
      const ledger = emptyLedger()
      const before = { memory: await memory(world), heap: await heap(world) }
      const syncEveryMs = short ? SYNC_EVERY_MS.short : SYNC_EVERY_MS.long
      const goOn = () => startLoad({ world, people, admin, ledger, pauseMs: 20, syncEveryMs })

      notes.begin('the outage')
      await sufferOutage(world, notes, goOn(), short ? OUTAGE_MS.short : OUTAGE_MS.long)
      expectGrowth(notes, 'heap in the outage', (await heap(world)) - before.heap, HEAP_GROWTH)
      await endOutage(world, notes)
      await expectHealed(world, notes, patient, 'the outage')

      const load = goOn()
      const probes = probesOf(world, patient, admin, syncEveryMs)
      for (const round of short ? allAtOnce(world) : oneByOne(world)) {
        const name = [...round].map((one) => one.join(' ')).join(', ')
        const health = watchHealth(world.url, notes, name)
        setFaults(world, round)
        notes.begin(name)
        notes.count('faults', round.size)
        const startedAt = performance.now()
        await probe(notes, probes, name, short ? ROUND_MS.short : ROUND_MS.long)
        expectNoStorm(world, notes, round, performance.now() - startedAt)
        await health.stop()
      }
      setFaults(world, new Map())
      await load.stop()
      await expectHealed(world, notes, patient, 'the rounds')
      expectGrowth(notes, 'memory', (await memory(world)) - before.memory, MEMORY_GROWTH)
      // What failed often is tried again after up to a minute, or at the next start.
      if (short) await restart(world)
      notes.add(await examine(world, ledger, people, admin))
      countLedger(notes, ledger)
    } finally {
      await world.close()
    }
    return notes.report()
  },
}

/** As many rounds as there are faults, in each of which nearly every neighbour has another one. */
const allAtOnce = ({ lines }: FaultWorld): Round[] =>
  LINE_FAULTS.map((_, round) => {
    const faultOf = (name: string) => LINE_FAULTS.at((TURNS[name] ?? 0) - round) as LineFault
    return new Map([...lines.keys()].map((name) => [name, faultOf(name)]))
  })

const oneByOne = ({ lines }: FaultWorld): Round[] =>
  [...lines.keys()].flatMap((name) => LINE_FAULTS.map((fault) => new Map([[name, fault]])))

function setFaults({ lines }: FaultWorld, round: Round): void {
  for (const [name, line] of lines) line.fault(round.get(name))
}

/** A neighbour that does not answer, or not well, is left alone. Slow ones answer well, and flapping ones now and then. */
function expectNoStorm({ lines }: FaultWorld, notes: Notes, round: Round, lastedMs: number): void {
  const { operations, first, aSecond } = MOST_ATTEMPTS
  const seconds = lastedMs / 1_000
  for (const [name, fault] of round) {
    if (fault === 'slow' || fault === 'flap') continue
    const signIns = name === 'identity' ? MOST_SIGN_INS_A_SECOND * seconds : 0
    const most = operations * (first + aSecond * seconds) + signIns
    const times = lines.get(name as 'ml')?.attempts().length ?? 0
    notes.hold(times <= most, `${name} ${fault}: asked ${times} times in ${lastedMs} ms`)
  }
}

async function restart(world: FaultWorld): Promise<void> {
  await world.stop()
  await world.start()
}

async function register({ url, services }: FaultWorld, { cookie }: Person): Promise<void> {
  const body = services.push.subscribe(services.env.VAPID_PUBLIC_KEY)
  await call(url, 'POST', '/api/push/subscribe', { cookie, body })
}

function expectGrowth(notes: Notes, what: string, bytes: number, most: number): void {
  const grown = Math.round(bytes / MEBIBYTE)
  notes.count(`MiB by which the ${what} has grown`, grown)
  notes.hold(bytes < most, `the ${what} has grown by ${grown} MiB`)
}

const heap = async ({ url }: FaultWorld): Promise<number> =>
  (await metric(url, 'nodejs_heap_space_size_used_bytes', 'space="old"')) ?? 0

/** Without V8's young generation: that grows to 128 MiB under any load, and is given back when nobody asks. */
async function memory({ url }: FaultWorld): Promise<number> {
  const resident = await metric(url, 'process_resident_memory_bytes')
  const young = await metric(url, 'nodejs_heap_space_size_total_bytes', 'space="new"')
  return (resident ?? Number.POSITIVE_INFINITY) - (young ?? 0)
}
