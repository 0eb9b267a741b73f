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

/** Each round is so many short turns: within a longer one a shared machine changes its pace. */
const TURNS = 3

/**
 * The median time of each read, alone on a connection, by size of the database; and by how much it is longer in a larger
 * one, turn by turn.
 *
 * @param requests of a round.
 */
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
    const each = Math.floor(requests / TURNS)
    for (let turn = 0; turn < TURNS * (tail.rounds + 1); turn++) {
      for (const [index, { server, reads }] of worlds.entries()) {
        const all = reads[name] as Target[]
        const from = (turn * each) % all.length
        const targets =
          all.length > 1
            ? all.slice(from, from + each)
            : Array.from({ length: each }, () => all[0] as Target)
        const spec = { port: server.port, targets, once: true, connections: 1, seconds: 120 }
        const { p50, p99 } = await load.run({ ...spec, status: 200 })
        if (p99 > FAULT_MS) throw new Error(`${name}: ${p99} ms`)
        if (turn >= TURNS) times[index]?.push(p50)
      }
    }
    const [small, ...larger] = times as [number[], ...number[][]]
    for (const [index, all] of larger.entries()) {
      rows.push({
        name: `${name} at ${worlds[index + 1]?.size} ${unit} : at ${worlds[0]?.size}`,
        ours: `${median(all).toFixed(2)} ms`,
        reference: `${median(small).toFixed(2)} ms`,
        ratio: median(all.map((time, turn) => time / (small[turn] as number))),
        budget: { atMost },
      })
    }
  }
  return rows
}
