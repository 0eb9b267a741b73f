import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startApi } from '../../sandbox/api.ts'
import { examine } from '../invariants/index.ts'
import { emptyLedger, merged } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, settle } from '../people.ts'
import { type Extent, type Scenario, takeNotes } from '../report.ts'
import { drained, eventually, metric, startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const LOAD_MS = { short: 4_000, long: 60_000 }
const TAKES_OVER_WITHIN_S = 10

/** Two processes on one file: one runs the jobs, both serve, and the second takes over when the first is killed. */
export const twins: Scenario = {
  name: 'twins',
  async run({ short }: Extent) {
    const notes = takeNotes('twins')
    const world = await startFaultWorld()
    const env = { ...world.services.env, PORT: String(await freePort()), LOG_LEVEL: 'info' }
    const second = await startApi(env)
    const other = { ...world, url: second.url, api: () => second, stop: () => second.stop() }
    const says = (text: string) => second.lines.some((line) => line.includes(text))
    try {
      const saysSo = await eventually(2, async () => says('another process runs the jobs'))
      notes.hold(saysSo, 'the second does not say that it only serves')
      notes.hold((await metric(second.url, 'oo_jobs_here')) === 0, 'the second runs jobs')
      notes.hold((await metric(world.url, 'oo_jobs_here')) === 1, 'the first does not run the jobs')
      const people = [await settle(world, 'ada'), await settle(other, 'grace')]
      const admin = await adminCookie(world)
      const [mine, theirs] = [emptyLedger(), emptyLedger()]
      const loads = [
        startLoad({ world, people: people.slice(0, 1), admin, ledger: mine, pauseMs: 20 }),
        startLoad({
          world: other,
          people: people.slice(1),
          admin,
          ledger: theirs,
          pauseMs: 20,
          accounts: false,
        }),
      ]
      await sleep(short ? LOAD_MS.short : LOAD_MS.long)
      await world.kill()
      notes.count('crashes')
      const tookOver = await eventually(
        TAKES_OVER_WITHIN_S,
        async () =>
          (await metric(second.url, 'oo_jobs_here')) === 1 && says('this one runs them now'),
      )
      notes.hold(tookOver, 'the second does not take over, or does not say so')
      await sleep(1_000)
      for (const load of loads) await load.stop()
      notes.hold(await drained(second.url, 30), 'what waited for the first is not delivered')
      const ledger = merged(mine, theirs)
      notes.add(await examine(other, ledger, people, admin))
      countLedger(notes, ledger)
    } finally {
      await second.stop('SIGKILL')
      await world.close()
    }
    return notes.report()
  },
}
