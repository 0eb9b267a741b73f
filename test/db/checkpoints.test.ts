import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
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

t.test('what is in the log is written back beside the commits', async (t) => {
  const { db, sqlite, write, log, observer } = await open(t)
  const version = sqlite.pragma('data_version', { simple: true })
  for (let commit = 0; commit < 70; commit += 1) await write(200)
  t.ok(log().log >= 10_000, 'no commit has begun the log anew')
  while (log().checkpointed < 8_000) await sleep(10)
  t.equal(sqlite.pragma('data_version', { simple: true }), version, 'which is no change to see')
  const { rows } = await sql<{ n: number }>`select count(*) as n from notes`.execute(db)
  t.same(rows, [{ n: 14_000 }])
  t.equal(observer.pragma('integrity_check', { simple: true }), 'ok')
})

t.test('a log does not grow for ever', async (t) => {
  const { path, write } = await open(t)
  for (let commit = 0; commit < 600; commit += 1) await write(300)
  const pages = statSync(`${path}-wal`).size / 4_096
  t.ok(pages < 140_000, `${Math.round(pages)} pages of 180,000 that were written`)
})

t.test('closing leaves no log and no thread behind', async (t) => {
  const { path, write, observer, close } = await open(t)
  for (let commit = 0; commit < 70; commit += 1) await write(1)
  observer.close()
  await close()
  t.notOk(existsSync(`${path}-wal`))
})
