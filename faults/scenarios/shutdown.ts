import { setTimeout as sleep } from 'node:timers/promises'
import { examine } from '../invariants/index.ts'
import { emptyLedger } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const STOPS = { short: 2, long: 30 }
const STOPS_WITHIN_MS = 10_000

interface LogLine {
  msg: string
  traceId?: string
  path?: string
}

/** SIGTERM under load: every request that was taken in is answered, and everything is there at the next start. */
export const shutdown: Scenario = {
  name: 'shutdown',
  async run({ short }: Extent) {
    const notes = takeNotes('shutdown')
    const world = await startFaultWorld({ LOG_LEVEL: 'info' })
    try {
      const people = [await settle(world, 'ada'), await settle(world, 'grace')]
      const admin = await adminCookie(world)
      const ledger = emptyLedger()
      const load = startLoad({ world, people, admin, ledger })
      for (let done = 0; done < (short ? STOPS.short : STOPS.long); done += 1) {
        await sleep(1_500)
        const { lines } = world.api()
        const startedAt = performance.now()
        const code = await world.stop()
        const took = Math.round(performance.now() - startedAt)
        notes.count('stops')
        notes.hold(code === 0, `SIGTERM under load ends with ${code}`)
        notes.hold(took < STOPS_WITHIN_MS, `SIGTERM under load takes ${took} ms`)
        answered(notes, lines)
        await world.start()
      }
      await load.stop()
      notes.add(await examine(world, ledger, people, admin))
      countLedger(notes, ledger)
    } finally {
      await world.close()
    }
    return notes.report()
  },
}

/** The log has a line for each request that was taken in and one for each that was answered. */
function answered(notes: Notes, lines: readonly string[]): void {
  const log = lines.map((line) => JSON.parse(line) as LogLine)
  const ended = new Set(log.filter(({ msg }) => msg === 'response').map(({ traceId }) => traceId))
  for (const { msg, traceId, path } of log) {
    if (msg !== 'request') continue
    notes.count('requests taken in')
    notes.hold(ended.has(traceId), `${path} was taken in and not answered`)
  }
}
