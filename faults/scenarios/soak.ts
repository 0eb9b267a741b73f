import { setTimeout as sleep } from 'node:timers/promises'
import { examine } from '../invariants/index.ts'
import { emptyLedger } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, settle } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { metric, startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const SOAK_MS = { short: 10_000, long: 3_600_000 }
const SAMPLES = 20
const MEBIBYTE = 2 ** 20

/**
 * What may grow by how much between the second third of the time and the last: beyond that it leaks. In a short time the
 * caches are still filling, that of SQLite alone up to 64 MiB.
 */
const FIGURES: { name: string; label?: string; growth: number; shortly?: number }[] = [
  { name: 'process_resident_memory_bytes', growth: 48 * MEBIBYTE, shortly: 128 * MEBIBYTE },
  { name: 'process_open_fds', growth: 24 },
  { name: 'nodejs_active_handles_total', growth: 24 },
  { name: 'nodejs_eventloop_lag_p99_seconds', growth: 0.25 },
  { name: 'oo_sqlite_bytes', label: 'file="wal"', growth: 16 * MEBIBYTE },
]

/** A steady load for a long time: nothing grows. */
export const soak: Scenario = {
  name: 'soak',
  async run({ short }: Extent) {
    const notes = takeNotes('soak')
    const world = await startFaultWorld()
    try {
      const people = [await settle(world, 'ada'), await settle(world, 'grace')]
      const admin = await adminCookie(world)
      const ledger = emptyLedger()
      const load = startLoad({ world, people, admin, ledger, pauseMs: 30 })
      const samples: Map<string, number>[] = []
      for (let i = 0; i < SAMPLES; i += 1) {
        await sleep((short ? SOAK_MS.short : SOAK_MS.long) / SAMPLES)
        samples.push(await sample(world.url))
      }
      await load.stop()
      compare(notes, samples, short)
      notes.add(await examine(world, ledger, people, admin))
      countLedger(notes, ledger)
    } finally {
      await world.close()
    }
    return notes.report()
  },
}

async function sample(url: string): Promise<Map<string, number>> {
  const figures = new Map<string, number>()
  for (const { name, label } of FIGURES) {
    const value = await metric(url, name, label)
    if (value !== undefined) figures.set(name, value)
  }
  return figures
}

function compare(notes: Notes, samples: readonly Map<string, number>[], short: boolean): void {
  const third = Math.floor(samples.length / 3)
  for (const { name, growth, shortly = growth } of FIGURES) {
    const values = samples.flatMap((one) => one.get(name) ?? [])
    notes.hold(values.length === samples.length, `${name} is not among the metrics`)
    const [before, after] = [
      median(values.slice(third, 2 * third)),
      median(values.slice(2 * third)),
    ]
    notes.hold(
      after - before <= (short ? shortly : growth),
      `${name} grows from ${before} to ${after}`,
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
