import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { DAY } from '../../src/clock.ts'
import type { Bench, Case, Row } from '../bench.ts'
import { startLoad } from '../load/start.ts'
import type { LoadSpec } from '../load/wire.ts'
import { median } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, type Person, sessionOf } from '../seed/people.ts'
import { addTips } from '../seed/tips.ts'
import { cpuTime } from '../server.ts'
import { signInAsAdmin } from '../sign-in.ts'
import { compareSizes, type Sized } from './growth.ts'

const MAX_PEOPLE = 100_000
const READERS = 20
const SLOWEST_MS = 100
const LONGEST_HOLD_MS = 20

/** What grows at most so much, beside a small database. */
const COMPARED = {
  stats: '/api/admin/stats?days=30',
  users: '/api/admin/users?limit=50',
  history: '/api/admin/events/history?limit=50',
}

/** The rest of what administrators read. @param who of the users; @param tip of that user's. */
const others = (who: string, tip: string): Record<string, string> => ({
  'stats in another time zone': '/api/admin/stats?days=90&tz=Australia/Lord_Howe',
  'users by a name that 5 % bear, all of them old': '/api/admin/users?q=elder',
  'users by a name that most bear': '/api/admin/users?q=person',
  'one user': `/api/admin/users/${who}`,
  'history of one user': `/api/admin/events/history?userId=${who}`,
  'history by type': '/api/admin/events/history?type=signals.tip.served',
  'recent events': '/api/admin/events',
  features: `/api/admin/features/${who}`,
  decision: `/api/admin/decisions/${tip}`,
  policies: '/api/admin/policies',
  simulations: '/api/admin/sim/runs',
  audit: '/api/admin/audit',
})

/** What administrators read, with few tips and with many. */
export const adminCase: Case = {
  name: 'admin',
  async run(bench) {
    const worlds: Sized[] = []
    let last: { people: Person[]; tip: string } | undefined
    for (const size of bench.quick ? [1_000, 20_000] : [1_000, 100_000, 1_000_000]) {
      const path = join(bench.folder, `tips-${size}.db`)
      last = await makeDatabase(path, (database) => fillWithTips(database, size))
      const server = await bench.api(path)
      await untilCounted(path)
      const headers = { cookie: await signInAsAdmin(server) }
      worlds.push({ size, server, reads: readsOf(COMPARED, headers) })
    }
    const rows = await compareSizes(bench, worlds, 'tips', 1.3, 200)
    const { people, tip } = last as { people: Person[]; tip: string }
    const largest = worlds.at(-1) as Sized
    const headers = largest.reads.stats?.[0]?.headers ?? {}
    const reads = { ...largest.reads, ...readsOf(others(people[0]?.id ?? '', tip), headers) }
    rows.push(...(await holdUps(bench, { ...largest, reads })))
    rows.push(...(await disturbance(bench, largest, people.slice(0, READERS))))
    return rows
  },
}

const readsOf = (paths: Record<string, string>, headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, [{ method: 'GET', path, headers }]]),
  )

/** Everybody's tips spread evenly over 28 days. @returns the people, and a tip of the first. */
function fillWithTips(database: SQLite.Database, size: number): { people: Person[]; tip: string } {
  const count = Math.min(size, MAX_PEOPLE)
  const people = addPeople(database, count, (index) => (index < count / 20 ? 'Elder' : 'Person'))
  const now = Date.now()
  const each = size / count
  let tip: string | undefined
  for (const [index, person] of people.entries()) {
    const madeAt = (n: number) => now - Math.floor((28 * DAY * (n + index / count)) / each)
    const [first] = addTips(database, person, each, madeAt)
    tip ??= first
  }
  return { people, tip: tip as string }
}

const COUNT_WITHIN_MS = 1_800_000

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

/**
 * How long each read takes at most, and how long it keeps others waiting at most: the slowest of a probe that is asked a
 * hundred times a second meanwhile. Of several rounds the median: one pause of the machine is not the read's.
 */
async function holdUps(bench: Bench, { size, server, reads }: Sized): Promise<Row[]> {
  const { load, tail } = bench
  const { port } = server
  const administrator = startLoad()
  const probe = { port, targets: [{ method: 'GET', path: '/health' }], connections: 1, rate: 100 }
  const rows: Row[] = []
  try {
    for (const [name, targets] of Object.entries(reads)) {
      const slowest: number[] = []
      const held: number[] = []
      for (let round = 0; round <= tail.rounds; round++) {
        const others = load.run({ ...probe, seconds: 1, status: 200 })
        const spec = { port, targets, connections: 1, rate: 10, seconds: 1, status: 200 }
        const [read, waited] = await Promise.all([administrator.run(spec), others])
        if (round === 0) continue
        slowest.push(read.max)
        held.push(waited.max)
      }
      const what = `${name}, ${size} tips`
      rows.push(bound(`${what}: slowest`, median(slowest), SLOWEST_MS))
      rows.push(bound(`${what}: others wait at most`, median(held), LONGEST_HOLD_MS))
    }
  } finally {
    await administrator.stop()
  }
  return rows
}

const bound = (name: string, ms: number, most: number): Row => ({
  name,
  ours: `${ms.toFixed(1)} ms`,
  reference: `${most} ms`,
  ratio: ms / most,
  budget: { atMost: 1 },
})

/**
 * How much slower session reads get while an administrator reads without pause, and beside a server that has nothing
 * around it and computes for as long as such a read takes.
 */
async function disturbance(
  bench: Bench,
  { server, reads }: Sized,
  readers: Person[],
): Promise<Row[]> {
  const { load, tail } = bench
  const administrator = startLoad()
  const beside = { connections: 4, rate: 200, seconds: tail.seconds, status: 200 }
  const withoutPause = { connections: 1, seconds: tail.seconds, status: 200 }
  const sessions = { ...beside, port: server.port, targets: readers.map(sessionOf) }
  const all = { ...withoutPause, port: server.port, targets: Object.values(reads).flat() }

  async function both(sessions: LoadSpec, reads: LoadSpec) {
    const [beside, read] = await Promise.all([load.run(sessions), administrator.run(reads)])
    return { p99: beside.p99, reads: read.requests }
  }

  /** Microseconds of processor time for each read. */
  async function costOfRead(): Promise<number> {
    const start = cpuTime(server)
    await load.run(sessions)
    const quiet = cpuTime(server) - start
    const { reads } = await both(sessions, all)
    return (cpuTime(server) - start - 2 * quiet) / reads
  }

  try {
    const cost = Math.round(await costOfRead())
    const bare = await bench.reference('computes', { MICROSECONDS: String(cost) })
    const get = (path: string) => ({ port: bare.port, targets: [{ method: 'GET', path }] })
    const rounds: { quiet: number; busy: number; bare: number }[] = []
    // Twice as many as elsewhere: on a quiet server the slowest answers differ the most from round to round.
    for (let round = 0; round <= 2 * tail.rounds; round++) {
      const quiet = (await load.run(sessions)).p99
      const busy = (await both(sessions, all)).p99
      const besideBare = { ...beside, ...get('/session') }
      const computed = await both(besideBare, { ...withoutPause, ...get('/work') })
      if (round > 0) rounds.push({ quiet, busy, bare: computed.p99 })
    }
    const row = (reference: 'quiet' | 'bare', name: string): Row => ({
      name: `p99 of session reads while an administrator reads : ${name}`,
      ours: `${median(rounds.map(({ busy }) => busy)).toFixed(2)} ms`,
      reference: `${median(rounds.map((round) => round[reference])).toFixed(2)} ms`,
      ratio: median(rounds.map((round) => round.busy / round[reference])),
      budget: { atMost: 2 },
    })
    return [row('quiet', 'quiet'), row('bare', `bare Fastify that computes for ${cost} µs instead`)]
  } finally {
    await administrator.stop()
  }
}
