import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { DAY } from '../../src/clock.ts'
import type { Bench, Case, Row } from '../bench.ts'
import { startLoad } from '../load/start.ts'
import type { LoadResult, Target } from '../load/wire.ts'
import { median } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, cookieOf, type Person } from '../seed/people.ts'
import { addTasks } from '../seed/tasks.ts'
import { addTips } from '../seed/tips.ts'
import type { Server } from '../server.ts'
import { signInAsAdmin } from './proxy.ts'

const PEOPLE = 1_000
const READERS = 20
const SLOWEST_MS = 100

const ADMIN_READS = {
  stats: '/api/admin/stats?days=30',
  users: '/api/admin/users?limit=50',
  history: '/api/admin/events/history?limit=50',
}

/** A server on a database of some size, and what is asked of it. */
interface Sized {
  size: number
  server: Server
  reads: Record<string, Target[]>
}

/** What administrators read, with few tips and with many. */
export const adminCase: Case = {
  name: 'admin',
  async run(bench) {
    const worlds: Sized[] = []
    const people: Person[][] = []
    for (const size of bench.quick ? [1_000, 20_000] : [1_000, 100_000, 1_000_000]) {
      const path = join(bench.folder, `tips-${size}.db`)
      people.push(await makeDatabase(path, (database) => fillWithTips(database, size)))
      const server = await bench.api(path)
      await untilCounted(path)
      const headers = { cookie: await signInAsAdmin(server) }
      const read = (path: string) => [{ method: 'GET', path, headers }]
      const reads = Object.entries(ADMIN_READS).map(([name, path]) => [name, read(path)] as const)
      worlds.push({ size, server, reads: Object.fromEntries(reads) })
    }
    const rows = await compareSizes(bench, worlds, 'tips', 1.3, 200)
    const last = worlds.at(-1) as Sized
    rows.push(await disturbance(bench, last, (people.at(-1) as Person[]).slice(0, READERS)))
    return rows
  },
}

function fillWithTips(database: SQLite.Database, size: number): Person[] {
  const people = addPeople(database, PEOPLE)
  const now = Date.now()
  const each = size / PEOPLE
  for (const [index, person] of people.entries()) {
    // Over 28 days, everybody's tips spread evenly.
    addTips(
      database,
      person,
      each,
      (n) => now - Math.floor((28 * DAY * (n + index / PEOPLE)) / each),
    )
  }
  return people
}

const COUNT_WITHIN_MS = 300_000

/** Waits until the figures are counted up to the last event: that is work of jobs, not of a read. */
async function untilCounted(path: string): Promise<void> {
  const database = new SQLite(path, { readonly: true })
  const behind = database.prepare(
    `select (select max(seq) from events) - coalesce((select seq from outbox_cursors where name = 'stats'), 0)`,
  )
  try {
    const deadline = Date.now() + COUNT_WITHIN_MS
    while (Number(behind.pluck().get()) > 0) {
      if (Date.now() > deadline) throw new Error('the figures are not counted in time')
      await sleep(100)
    }
  } finally {
    database.close()
  }
}

/** How much slower session reads get while an administrator reads without pause. */
async function disturbance(
  bench: Bench,
  { server, reads }: Sized,
  readers: Person[],
): Promise<Row> {
  const { port } = server
  const targets = readers.map((person) => sessionOf(person))
  const spec = { port, targets, connections: 4, rate: 200, seconds: 2 * bench.seconds, status: 200 }
  const quiet = await bench.load.run(spec)
  const administrator = startLoad()
  let busy: LoadResult
  try {
    const all = { port, targets: Object.values(reads).flat(), connections: 1, status: 200 }
    const reading = administrator.run({ ...all, seconds: 2 * bench.seconds })
    busy = await bench.load.run(spec)
    await reading
  } finally {
    await administrator.stop()
  }
  return {
    name: 'p99 of session reads while an administrator reads : quiet',
    ours: `${busy.p99.toFixed(1)} ms`,
    reference: `${quiet.p99.toFixed(1)} ms`,
    ratio: busy.p99 / quiet.p99,
    budget: { atMost: 2 },
  }
}

const sessionOf = (person: Person): Target => ({
  ...{ method: 'GET', path: '/api/auth/session', headers: cookieOf(person) },
})

/** What people ask for, among few and among many. */
export const peopleCase: Case = {
  name: 'people',
  async run(bench) {
    const ml = await bench.reference('ml-instant', {}, 'load')
    const worlds: Sized[] = []
    for (const size of [1_000, bench.quick ? 20_000 : 1_000_000]) {
      const path = join(bench.folder, `people-${size}.db`)
      const { asked, tips } = await makeDatabase(path, (database) => {
        const people = addPeople(database, size)
        const asked = people.filter((_, index) => index % (size / PEOPLE) === 0)
        addTasks(database, asked, 20)
        return { asked, tips: asked.map((person) => addTips(database, person, 1)[0]) }
      })
      const server = await bench.api(path, { ML_SERVING_URL: `http://127.0.0.1:${ml.port}` })
      const post = (person: Person, path: string, body: object): Target => ({
        ...{ method: 'POST', path, headers: cookieOf(person), body: JSON.stringify(body) },
      })
      const reads = {
        session: asked.map(sessionOf),
        recommend: asked.map((person) => post(person, '/api/recommend', {})),
        feedback: asked.map((person, index) =>
          post(person, `/api/tip/${tips[index]}/feedback`, { action: 'viewed' }),
        ),
      }
      worlds.push({ size, server, reads })
    }
    return compareSizes(bench, worlds, 'users', 1.2, PEOPLE / 10)
  },
}

/** The median time of each read, alone on a connection, by size of the database. */
async function compareSizes(
  { load, rounds }: Bench,
  worlds: Sized[],
  unit: string,
  atMost: number,
  requests: number,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of Object.keys(worlds[0]?.reads ?? {})) {
    const times = worlds.map((): number[] => [])
    for (let round = 0; round <= rounds; round++) {
      for (const [index, { server, reads }] of worlds.entries()) {
        const all = reads[name] as Target[]
        const from = (round * requests) % all.length
        const targets =
          all.length > 1
            ? all.slice(from, from + requests)
            : Array.from({ length: requests }, () => all[0] as Target)
        const spec = { port: server.port, targets, once: true, connections: 1, seconds: 120 }
        const { p50, p99 } = await load.run({ ...spec, status: 200 })
        if (p99 > 10 * SLOWEST_MS) throw new Error(`${name}: ${p99} ms`)
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
