import type { Bench, Row } from '../bench.ts'
import type { Target } from '../load/wire.ts'
import { median } from '../rounds.ts'
import type { Server } from '../server.ts'

/** Slower than this is not a measurement but a fault. */
const FAULT_MS = 1_000

/** A server on a database of some size, and what is asked of it. */
export interface Sized {
  size: number
  server: Server
  reads: Record<string, Target[]>
}

/** The median time of each read, alone on a connection, by size of the database. */
export async function compareSizes(
  { load, tail }: Bench,
  worlds: Sized[],
  unit: string,
  atMost: number,
  requests: number,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of Object.keys(worlds[0]?.reads ?? {})) {
    const times = worlds.map((): number[] => [])
    for (let round = 0; round <= tail.rounds; round++) {
      for (const [index, { server, reads }] of worlds.entries()) {
        const all = reads[name] as Target[]
        const from = (round * requests) % all.length
        const targets =
          all.length > 1
            ? all.slice(from, from + requests)
            : Array.from({ length: requests }, () => all[0] as Target)
        const spec = { port: server.port, targets, once: true, connections: 1, seconds: 120 }
        const { p50, p99 } = await load.run({ ...spec, status: 200 })
        if (p99 > FAULT_MS) throw new Error(`${name}: ${p99} ms`)
        if (round > 0) times[index]?.push(p50)
      }
    }
    const [small, ...larger] = times.map(median) as [number, ...number[]]
    for (const [index, time] of larger.entries()) {
      rows.push({
        name: `${name} at ${worlds[index + 1]?.size} ${unit} : at ${worlds[0]?.size}`,
        ours: `${time.toFixed(2)} ms`,
        reference: `${small.toFixed(2)} ms`,
        ratio: time / small,
        budget: { atMost },
      })
    }
  }
  return rows
}
