import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { sealTokens } from '../../src/integrations/token-vault.ts'
import { createSecretBox } from '../../src/secrets/box.ts'
import type { Case } from '../bench.ts'
import { SESSION_SECRET } from '../environment.ts'
import { median } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, type Person, sessionOf } from '../seed/people.ts'

/** As `CALLS_AT_ONCE` of the syncer, and the latency of `references/todoist-far.ts`. */
const AT_ONCE = 8
const LATENCY_MS = 50
const READS_A_SECOND = 100
/** How often the quiet server is measured before the round, and again after it. */
const QUIET_TURNS = 3

/** A round over many people whose tasks are due to be brought in step. */
export const syncCase: Case = {
  name: 'sync',
  async run(bench) {
    const count = bench.quick ? 500 : 10_000
    const path = join(bench.folder, 'sync.db')
    const people = await makeDatabase(path, (database) => {
      const all = addPeople(database, count)
      connect(database, all)
      return all
    })
    const todoist = await bench.reference('todoist-far', {}, 'load')
    const TODOIST_API_URL = `http://127.0.0.1:${todoist.port}`
    const settings = {
      TODOIST_API_URL,
      SYNC_START_DELAY_MS: '30000',
      TODOIST_SYNC_INTERVAL_MS: '86400000',
    }
    const { port } = await bench.api(path, settings)
    const targets = people.slice(0, 100).map(sessionOf)
    const spec = { port, targets, connections: 4, rate: READS_A_SECOND, status: 200 }
    const { seconds } = bench.tail
    const tail = async () => (await bench.load.run({ ...spec, seconds })).p99
    // Not counted: until the compiler has done its work.
    await tail()
    const quiet = await inTurn(QUIET_TURNS, tail)
    const bound = (count / AT_ONCE) * LATENCY_MS
    await untilSynced(path, 1)
    const startedAt = performance.now()
    const turns = Math.max(1, Math.floor((0.9 * bound) / (1_000 * seconds)))
    const meanwhile = inTurn(turns, tail)
    await untilSynced(path, count)
    const took = performance.now() - startedAt
    const busy = median(await meanwhile)
    // Half before and half after: what else the machine does falls on both.
    const still = median([...quiet, ...(await inTurn(QUIET_TURNS, tail))])
    return [
      {
        name: `sync round over ${count} due users : bound by ${AT_ONCE} at once, ${LATENCY_MS} ms`,
        ours: `${(took / 1_000).toFixed(1)} s`,
        reference: `${(bound / 1_000).toFixed(1)} s`,
        ratio: took / bound,
        budget: { atMost: 1.2 },
      },
      {
        name: 'p99 of session reads during a sync round : quiet',
        ours: `${busy.toFixed(1)} ms`,
        reference: `${still.toFixed(1)} ms`,
        ratio: busy / still,
        budget: { atMost: 2 },
      },
    ]
  },
}

async function inTurn(times: number, measure: () => Promise<number>): Promise<number[]> {
  const measured: number[] = []
  while (measured.length < times) measured.push(await measure())
  return measured
}

/** Connects everybody to Todoist, due now. */
function connect(database: SQLite.Database, people: readonly Person[]): void {
  const box = createSecretBox([SESSION_SECRET])
  const insert = database.prepare(
    `insert into integrations (id, user_id, provider, status, access_token, connected_at, next_sync_at)
     values (?, ?, 'todoist', 'connected', ?, ?, ?)`,
  )
  const now = Date.now()
  database.transaction(() => {
    for (const { id } of people) {
      const tokens = { accessToken: `token-of-${id}`, refreshToken: null, expiresAt: null }
      const sealed = sealTokens(box, { user_id: id, provider: 'todoist' }, tokens)
      insert.run(id, id, sealed.access_token, now, now)
    }
  })()
}

const SYNC_WITHIN_MS = 600_000

async function untilSynced(path: string, count: number): Promise<void> {
  const database = new SQLite(path, { readonly: true })
  const synced = database
    .prepare('select count(*) from integrations where last_synced_at is not null')
    .pluck()
  try {
    for (const deadline = Date.now() + SYNC_WITHIN_MS; Number(synced.get()) < count; ) {
      if (Date.now() > deadline) throw new Error(`${synced.get()} of ${count} synced in time`)
      await sleep(50)
    }
  } finally {
    database.close()
  }
}
