import { setTimeout as sleep } from 'node:timers/promises'
import { examine } from '../invariants/index.ts'
import { emptyLedger, type Ledger } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { eventually, startFaultWorld } from '../world.ts'

const CRASHES = { short: 6, long: 300 }
/** Answers to tips before the first crash. */
const WORTH_A_CRASH = 10
/** How long the server runs at least between two crashes, and at most, in milliseconds. */
const LEAST_MS = 50
const MOST_MS = { short: 1_000, long: 2_000 }

/** `kill -9` at random moments under a mixed load, and after each the start that must find everything. */
export const crash: Scenario = {
  name: 'crash',
  async run({ short, crashes = short ? CRASHES.short : CRASHES.long }: Extent) {
    const notes = takeNotes('crash')
    const world = await startFaultWorld()
    try {
      const people = [await settle(world, 'ada'), await settle(world, 'grace')]
      const admin = await adminCookie(world)
      const ledger = emptyLedger()
      const load = startLoad({ world, people, admin, ledger, simulations: true })
      // There must be something to lose, on a slow machine too.
      await eventually(30, async () => ledger.feedback.length >= WORTH_A_CRASH)
      for (let done = 0; done < crashes; done += 1) {
        const mostMs = short ? MOST_MS.short : MOST_MS.long
        await sleep(LEAST_MS + Math.random() * (mostMs - LEAST_MS))
        await world.kill()
        notes.count('crashes')
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

/** What was done, for the report. */
export function countLedger(notes: Notes, ledger: Ledger): void {
  notes.count('requests', ledger.requests)
  notes.count('unanswered', ledger.unanswered)
  notes.count('tips', ledger.tips.length)
  notes.count('feedback', ledger.feedback.length)
  notes.count('deletions', ledger.deletedUsers.length)
  notes.count('sessions ended', ledger.endedSessions.length)
  notes.count('admin calls', ledger.admin.length)
  notes.count('simulations', ledger.runs.length)
}
