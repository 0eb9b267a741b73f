import type { LoadResult } from './load/wire.ts'
import { cpuTime, type Server } from './server.ts'

/** One side of a comparison: a load on a server. */
export interface Side {
  server: Server
  run(round: number): Promise<LoadResult>
}

export interface Measured {
  /** Requests a second. */
  rate: number
  /** Microseconds of processor time of the server for each request. */
  cpu: number
}

export interface Compared {
  ours: Measured
  reference: Measured
  /** Median over the rounds of our rate by the reference's in the same round. */
  ratio: number
}

/** Until the compiler has done its work. */
const WARM_UPS = 3

/** How often a side of a comparison is run, all in all. */
export const runsOf = (rounds: number): number => rounds + WARM_UPS

/**
 * Both sides in turn, round after round, so that what else the machine does falls on both; the first rounds are not
 * counted. Many short rounds tell more than few long ones: a shared machine changes its pace within seconds.
 */
export async function compare(ours: Side, reference: Side, rounds: number): Promise<Compared> {
  const measured: { ours: Measured; reference: Measured }[] = []
  for (let round = 0; round < runsOf(rounds); round++) {
    const pair = { ours: await measure(ours, round), reference: await measure(reference, round) }
    if (round >= WARM_UPS) measured.push(pair)
  }
  return {
    ours: medians(measured.map((pair) => pair.ours)),
    reference: medians(measured.map((pair) => pair.reference)),
    ratio: median(measured.map((pair) => pair.ours.rate / pair.reference.rate)),
  }
}

async function measure({ server, run }: Side, round: number): Promise<Measured> {
  const before = cpuTime(server)
  const { rate, requests } = await run(round)
  return { rate, cpu: (cpuTime(server) - before) / requests }
}

const medians = (all: Measured[]): Measured => ({
  rate: median(all.map(({ rate }) => rate)),
  cpu: median(all.map(({ cpu }) => cpu)),
})

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}
