import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openConnection } from './connection.ts'
import { type LoadResult, type LoadSpec, serialise } from './wire.ts'

/** Carries out a load and measures it. @throws on any answer other than the expected one. */
async function generate(spec: LoadSpec): Promise<LoadResult> {
  const { together = 1, leadIn = 0 } = spec
  const requests = inGroups(spec.targets.map(serialise), together)
  const times = createHistogram()
  const connections = await Promise.all(
    Array.from({ length: spec.connections }, () => openConnection(spec.port)),
  )
  const startedAt = performance.now()
  const countsAt = startedAt + leadIn * 1_000
  const endsAt = countsAt + spec.seconds * 1_000
  let next = 0

  /** @returns undefined when there is nothing more to send. */
  function take(): { group: Buffer[]; dueAt: number } | undefined {
    if (spec.once && next >= requests.length) return undefined
    const now = performance.now()
    const dueAt = spec.rate === undefined ? now : startedAt + (next * 1_000) / spec.rate
    if (Math.max(now, dueAt) >= endsAt) return undefined
    return { group: requests[next++ % requests.length] as Buffer[], dueAt }
  }

  async function work(connection: Connection): Promise<void> {
    for (let job = take(); job; job = take()) {
      const early = job.dueAt - performance.now()
      if (early > 1) await sleep(early - 0.5)
      // A timer is exact to a millisecond: what is sent too soon must not seem to be answered sooner.
      const from = Math.min(job.dueAt, performance.now())
      for (const request of job.group) {
        const { status } = await connection.send(request)
        if (status !== spec.status) throw new Error(`answered ${status}, not ${spec.status}`)
      }
      if (from >= countsAt)
        times.record(Math.max(1, Math.round((performance.now() - from) * 1_000)))
    }
  }

  try {
    await Promise.all(connections.map(work))
  } finally {
    for (const connection of connections) connection.close()
  }
  const seconds = (performance.now() - countsAt) / 1_000
  return {
    requests: times.count,
    seconds,
    rate: times.count / seconds,
    p50: times.percentile(50) / 1_000,
    p99: times.percentile(99) / 1_000,
    max: times.max / 1_000,
  }
}

const inGroups = (requests: Buffer[], size: number): Buffer[][] =>
  Array.from({ length: Math.ceil(requests.length / size) }, (_, n) =>
    requests.slice(n * size, (n + 1) * size),
  )

process.on('message', (spec: LoadSpec) => {
  generate(spec).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  )
})
process.on('disconnect', () => process.exit(0))
