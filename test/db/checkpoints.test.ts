import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { checkpointsBeside } from '../../db/checkpoints.ts'
import { openDatabase } from '../../db/open.ts'

/** A database with a table of notes, and how much of its log is written back. */
async function open(t: Test) {
  const path = join(t.testdir(), 'oo.db')
  const { db, sqlite } = openDatabase(path)
  let isOpen = true
  const close = async () => {
    if (isOpen) await db.destroy()
    isOpen = false
  }
  t.teardown(close)
  await sql`create table notes (text text)`.execute(db)
  const observer = new SQLite(path)
  t.teardown(() => observer.close())
  const write = (pages: number) =>
    sql`with recursive page(n) as (select 1 union all select n + 1 from page where n < ${pages})
      insert into notes select ${'x'.repeat(4_000)} from page`.execute(db)
  const log = () => {
    const [state] = observer.pragma('wal_checkpoint(NOOP)') as [
      { log: number; checkpointed: number },
    ]
    return state
  }
  return { path, db, sqlite, observer, write, log, close }
}

/** How long the log has been. */
const pagesOf = (path: string): number => Math.round(statSync(`${path}-wal`).size / 4_096)

t.test('the log is written back beside the commits, and begins anew', async (t) => {
  const { db, sqlite, write, log, observer } = await open(t)
  const version = sqlite.pragma('data_version', { simple: true })
  let commits = 0
  let pages = 0
  do {
    pages = log().log
    await write(200)
    commits += 1
    // At 32,000 pages a commit would do it.
  } while (log().log > pages && commits < 150)
  t.ok(log().log < pages, `anew after ${pages} pages`)
  t.equal(sqlite.pragma('data_version', { simple: true }), version, 'which is no change to see')
  const { rows } = await sql<{ n: number }>`select count(*) as n from notes`.execute(db)
  t.same(rows, [{ n: 200 * commits }])
  t.equal(observer.pragma('integrity_check', { simple: true }), 'ok')
})

t.test('a log does not grow for ever', async (t) => {
  const { path, write } = await open(t)
  for (let commit = 0; commit < 600; commit += 1) await write(300)
  t.ok(pagesOf(path) < 60_000, `${pagesOf(path)} pages of 180,000 that were written`)
})

t.test('while somebody reads, the log grows and nobody waits for long', async (t) => {
  const { path, write, observer } = await open(t)
  observer.exec('begin')
  const before = observer.prepare('select count(*) from notes').pluck().get()
  let slowest = 0
  for (let commit = 0; commit < 80; commit += 1) {
    const startedAt = performance.now()
    await write(200)
    slowest = Math.max(slowest, performance.now() - startedAt)
  }
  t.ok(pagesOf(path) >= 16_000, 'it does not begin anew')
  t.equal(
    observer.prepare('select count(*) from notes').pluck().get(),
    before,
    'they see what there was',
  )
  t.ok(slowest < 500, `${Math.round(slowest)} ms for the slowest write`)
})

t.test('closing leaves no log and no thread behind', async (t) => {
  const { path, write, observer, close } = await open(t)
  for (let commit = 0; commit < 70; commit += 1) await write(1)
  observer.close()
  await close()
  t.notOk(existsSync(`${path}-wal`))
})

t.test(
  'when the thread has gone, the process still has its locks on the file',
  { skip: process.platform !== 'linux' && 'only Linux tells which locks there are' },
  async (t) => {
    const { path, write, log } = await open(t)
    const inode = String(statSync(path).ino)
    const locks = () =>
      readFileSync('/proc/locks', 'utf8')
        .split('\n')
        .filter((line) => line.includes(`:${inode} `))
    await write(9_000)
    t.not(locks().length, 0, 'there are some')
    const checkpoints = checkpointsBeside(path)
    for (let commit = 0; commit < 32; commit += 1) checkpoints.committed()
    for (let look = 0; log().checkpointed < 9_000 && look < 500; look += 1) await sleep(20)
    t.ok(log().checkpointed >= 9_000, 'it has done its work')
    await checkpoints.close()
    t.not(locks().length, 0, 'and still are')
  },
)
