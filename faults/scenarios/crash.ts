import { setTimeout as sleep } from 'node:timers/promises'
import { examine } from '../invariants/index.ts'
import { emptyLedger, type Ledger } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { startFaultWorld } from '../world.ts'

const CRASHES = { short: 8, long: 300 }
/** How long the server runs between two crashes, in milliseconds. */
const LIFE_MS = { least: 50, most: 2_000 }

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
      const load = startLoad({ world, people, admin, ledger })
      for (let done = 0; done < crashes; done += 1) {
        await sleep(LIFE_MS.least + Math.random() * (LIFE_MS.most - LIFE_MS.least))
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
}
