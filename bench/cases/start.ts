import { join } from 'node:path'
import type { Bench, Case, Row } from '../bench.ts'
import { median } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, cookieOf } from '../seed/people.ts'
import { residentBytes, type Server } from '../server.ts'
import { signInAsAdmin } from '../sign-in.ts'

const REQUESTS = 100_000
const CONNECTIONS = 20
const COMMITS = 64
const MEGABYTE = 1024 * 1024

/** From the start of the process to the first answer, and what it holds in memory after much work. */
export const startCase: Case = {
  name: 'start',
  async run(bench) {
    const path = join(bench.folder, 'start.db')
    const [person] = await makeDatabase(path, (database) => addPeople(database, 1))
    const cookie = person ? cookieOf(person) : {}
    const starts: { ours: number; reference: number }[] = []
    for (let round = 0; round <= bench.tail.rounds; round++) {
      const ours = await timed(() => bench.api(path))
      const reference = await timed(() => bench.reference('fastify-imports', {}))
      if (round > 0) starts.push({ ours, reference })
    }
    const requests = bench.quick ? REQUESTS / 10 : REQUESTS
    const api = await bench.api(path)
    const bare = await bench.reference('fastify-imports', {})
    await untilAllThreadsRun(api)
    const ours = await memory(bench, api, '/api/auth/session', cookie, requests)
    const reference = await memory(bench, bare, '/health', {}, requests)
    return [
      {
        name: 'start to first /health : bare Fastify with the same imports',
        ours: `${Math.round(median(starts.map((start) => start.ours)))} ms`,
        reference: `${Math.round(median(starts.map((start) => start.reference)))} ms`,
        ratio: median(starts.map((start) => start.ours / start.reference)),
        budget: { atMost: 1.5 },
      },
      {
        name: `resident memory after ${requests} requests : the same`,
        ours: `${Math.round(ours.first / MEGABYTE)} MB`,
        reference: `${Math.round(reference.first / MEGABYTE)} MB`,
        ratio: ours.first / reference.first,
        budget: { atMost: 2 },
      },
      {
        name: `resident memory after ${2 * requests} requests : after ${requests}`,
        ours: `${Math.round(ours.second / MEGABYTE)} MB`,
        reference: `${Math.round(ours.first / MEGABYTE)} MB`,
        ratio: ours.second / ours.first,
        budget: { atMost: 1.1 },
      },
    ] satisfies Row[]
  },
}

/** Milliseconds until the first answer to a probe. */
async function timed(start: () => Promise<Server>): Promise<number> {
  const startedAt = performance.now()
  const { port, process } = await start()
  await (await fetch(`http://127.0.0.1:${port}/health`)).text()
  const took = performance.now() - startedAt
  await process.stop()
  return took
}

/**
 * The thread that writes SQLite's log back starts some commits after the server did, and stays (db/checkpoints.ts): the
 * 24 MB it takes are no growth.
 */
async function untilAllThreadsRun(api: Server): Promise<void> {
  for (let commits = 0; commits < COMMITS; commits++) await signInAsAdmin(api)
}

async function memory(
  { load }: Bench,
  server: Server,
  path: string,
  headers: Record<string, string>,
  requests: number,
): Promise<{ first: number; second: number }> {
  const targets = Array.from({ length: requests }, () => ({ method: 'GET', path, headers }))
  const spec = { port: server.port, targets, once: true, connections: CONNECTIONS, status: 200 }
  await load.run({ ...spec, seconds: 600 })
  const first = residentBytes(server)
  await load.run({ ...spec, seconds: 600 })
  return { first, second: residentBytes(server) }
}
