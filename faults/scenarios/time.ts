import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { call } from '../caller.ts'
import { examine } from '../invariants/index.ts'
import { emptyLedger } from '../ledger.ts'
import { type LoadOptions, startLoad } from '../load.ts'
import { adminCookie, type Person, settle, todoistOf } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { eventually, type FaultWorld, startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const BACKLOG = { short: 4_000, long: 100_000 }
const PURGED_WITHIN_S = { short: 60, long: 600 }
/** What a write may take beside a purge, in milliseconds, on a machine that is busy with the suite itself. */
const LATEST_MS = { median: 250, worst: 3_000 }
const JUMP_S = 25 * 3_600
const AFTER_JUMP_MS = 3_000
const DAY_MS = 86_400_000
const LIBRARIES = '/usr/lib'

/** The calendar clock of one process, which can be set; the monotonic one goes on, as it does in the world. */
interface FalseClock {
  env: Record<string, string>
  set(secondsAhead: number): void
  close(): void
}

/** Through libfaketime (Debian: faketime); undefined where it is not installed. */
function falseClock(): FalseClock | undefined {
  const library = readdirSync(LIBRARIES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(LIBRARIES, name, 'faketime'))
    .flatMap((folder) => filesIn(folder))
    .find((file) => file.endsWith('libfaketimeMT.so.1'))
  if (!library) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'oo-clock-'))
  const file = join(folder, 'offset')
  const set = (secondsAhead: number) => {
    // In one go: it is read at any time.
    writeFileSync(`${file}.new`, `${secondsAhead < 0 ? '' : '+'}${secondsAhead}`)
    renameSync(`${file}.new`, file)
  }
  set(0)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    close: () => rmSync(folder, { recursive: true }),
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** A purge that meets a long backlog under load, and a calendar clock that jumps a day and an hour to and fro. */
export const time: Scenario = {
  name: 'time',
  async run({ short }: Extent) {
    const notes = takeNotes('time')
    const clock = falseClock()
    const world = await startFaultWorld({ TODOIST_SYNC_INTERVAL_MS: '2000', ...clock?.env })
    try {
      const people = [await settle(world, 'ada'), await settle(world, 'grace')]
      const idle = await settle(world, 'alan')
      const ledger = emptyLedger()
      let admin = await adminCookie(world)
      const load = (more: Partial<LoadOptions> = {}) =>
        startLoad({ world, people, admin, ledger, pauseMs: 20, accounts: false, ...more })

      await world.stop()
      writeBacklog(world, people[0] as Person, short ? BACKLOG.short : BACKLOG.long)
      await world.start()
      const busy = load()
      await meetBacklog(notes, world, people[1] as Person, short)
      await busy.stop()

      if (clock) {
        const back = load()
        await jump(notes, clock, world, -JUMP_S, [...people, idle])
        await expectAlive(notes, world, [admin], 'an administrator, after a jump back,')
        await back.stop()

        // The administrator's session has at most twelve hours: it ends, and its calls are refused.
        const ahead = load({ tolerated: [401] })
        await jump(notes, clock, world, JUMP_S, [...people, idle])
        notes.hold(!(await isAlive(world, admin)), 'a token session lives for 50 hours')
        await ahead.stop()
        admin = await adminCookie(world)

        const home = load()
        await jump(notes, clock, world, 0, [...people, idle])
        await home.stop()
      } else notes.count('jumps skipped for want of libfaketime')

      notes.add(await examine(world, ledger, people, admin))
      countLedger(notes, ledger)
    } finally {
      await world.close()
      clock?.close()
    }
    return notes.report()
  },
}

/** Tips, sessions and attempts to sign in that are long past, and events that nobody has counted. */
function writeBacklog({ services }: FaultWorld, { userId }: Person, rows: number): void {
  const db = new SQLite(services.databasePath)
  const at = Date.now() - 60 * DAY_MS
  const candidates = JSON.stringify(Array.from({ length: 50 }, (_, id) => ({ id, features: {} })))
  const add = (sql: string) =>
    db
      .prepare(
        `with recursive i(n) as (select 1 union all select n + 1 from i where n < ${rows}) ${sql}`,
      )
      .run({ userId, at, candidates })
  db.transaction(() => {
    add(`insert into tip_scores select 'old-' || n, @userId, @at + n, 'model', null, 'linucb', '1', 'v1', 'small', 'text',
      null, 'todoist:1', 0.5, @candidates, '{}', '{}', 'seed', 12, 'trace' from i`)
    add(
      `insert into tip_feedback select 'old-' || n, 'old-' || n, @userId, 'done', 1, 'r1', @at + n from i`,
    )
    add(
      `insert into sessions select 'old-' || n, 'old-' || n, @userId, 'oidc', '', @at, @at, @at + 1 from i`,
    )
    add(
      `insert into oauth_transactions select 'old-' || n, 'google', 'browser', null, '/', @at from i`,
    )
    add(`insert into events (id, type, user_id, occurred_at, trace_id, payload)
      select 'old-' || n, 'signals.tip.served', 'deleted-long-ago', @at + n, 'trace', '{}' from i`)
  })()
  db.close()
}

/** Answers to tips beside the purge: none waits for long, and all of the backlog goes. */
async function meetBacklog(
  notes: Notes,
  world: FaultWorld,
  { cookie }: Person,
  short: boolean,
): Promise<void> {
  const times: number[] = []
  const purged = await eventually(PURGED_WITHIN_S[short ? 'short' : 'long'], async () => {
    const { body } = await call(world.url, 'POST', '/api/recommend', { cookie })
    const path = `/api/tip/${(body as { tip: { id: string } }).tip.id}/feedback`
    for (const action of ['viewed', 'done']) {
      const answer = await call(world.url, 'POST', path, { cookie, body: { action } })
      notes.hold(answer.status === 200, `an answer beside the purge: ${answer.status}`)
      times.push(answer.milliseconds)
    }
    return backlogOf(world) === 0
  })
  notes.hold(purged, `${backlogOf(world)} old rows are not purged`)
  times.sort((a, b) => a - b)
  const median = Math.round(times[Math.floor(times.length / 2)] ?? 0)
  const worst = Math.round(times.at(-1) ?? 0)
  notes.count('answers beside the purge', times.length)
  notes.count('ms for half of them', median)
  notes.count('ms for the slowest', worst)
  notes.hold(median < LATEST_MS.median, `a write beside the purge takes ${median} ms`)
  notes.hold(worst < LATEST_MS.worst, `the slowest write beside the purge takes ${worst} ms`)
}

function backlogOf({ services }: FaultWorld): number {
  const db = new SQLite(services.databasePath, { readonly: true })
  try {
    const { n } = db
      .prepare(
        `select (select count(*) from tip_scores where id like 'old-%') +
          (select count(*) from sessions where id_hash like 'old-%') +
          (select count(*) from oauth_transactions where state_hash like 'old-%') n`,
      )
      .get() as { n: number }
    return n
  } finally {
    db.close()
  }
}

/** Sets the clock: syncs go on by themselves, and who was signed in still is. */
async function jump(
  notes: Notes,
  clock: FalseClock,
  world: FaultWorld,
  secondsAhead: number,
  people: readonly Person[],
): Promise<void> {
  const what = `with the clock ${secondsAhead / 3_600} h ahead`
  clock.set(secondsAhead)
  notes.count('jumps')
  await sleep(AFTER_JUMP_MS)
  const idle = people.at(-1) as Person
  const { lastSyncedAt: before } = await todoistOf(world.url, idle)
  const synced = await eventually(20, async () => {
    const { lastSyncedAt } = await todoistOf(world.url, idle)
    return lastSyncedAt !== null && lastSyncedAt !== before
  })
  notes.hold(synced, `${what} syncs stop`)
  const cookies = people.map(({ cookie }) => cookie)
  await expectAlive(notes, world, cookies, `somebody, ${what},`)
}

async function expectAlive(
  notes: Notes,
  world: FaultWorld,
  cookies: readonly string[],
  whose: string,
): Promise<void> {
  for (const cookie of cookies) notes.hold(await isAlive(world, cookie), `${whose} is signed out`)
}

async function isAlive({ url }: FaultWorld, cookie: string): Promise<boolean> {
  const { body } = await call(url, 'GET', '/api/auth/session', { cookie })
  return (body as { user?: object }).user !== undefined
}
