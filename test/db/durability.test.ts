import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { Kysely } from 'kysely'
import t, { type Test } from 'tap'
import { NO_CHECKPOINTS } from '../../db/checkpoints.ts'
import { Dialect } from '../../db/driver.ts'
import { createDurability } from '../../db/durability.ts'

interface Tables {
  notes: { text: string }
}

/** A database on a disk that is as slow as the test wants. */
function slowDisk(t: Test) {
  const sqlite = new SQLite(join(t.testdir(), 'oo.db'))
  sqlite.exec('pragma journal_mode = wal; create table notes (text text)')
  const syncs: PromiseWithResolvers<void>[] = []
  let repairs = 0
  const { reached } = createDurability(
    () => {
      const sync = Promise.withResolvers<void>()
      syncs.push(sync)
      return sync.promise
    },
    () => repairs++,
  )
  const durability = { reached, close: async () => {} }
  const dialect = new Dialect(sqlite, { durability, checkpoints: NO_CHECKPOINTS })
  const db = new Kysely<Tables>({ dialect })
  t.teardown(() => db.destroy())
  const write = (text: string) => db.insertInto('notes').values({ text }).execute()
  const read = () => db.selectFrom('notes').select('text').execute()
  return { db, syncs, write, read, repairs: () => repairs }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20))

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = () => {
    settled = true
  }
  promise.then(note, note)
  await turn()
  return settled
}

t.test('a change is acknowledged when the disk has it, and nobody waits with it', async (t) => {
  const { syncs, write, read } = slowDisk(t)
  const written = write('one')
  t.notOk(await isSettled(written), 'not yet')
  t.same(await read(), [{ text: 'one' }], 'reading goes on')
  t.equal(syncs.length, 1, 'a read needs no sync')
  syncs[0]?.resolve()
  await written
})

t.test('a transaction too, once for all that is in it', async (t) => {
  const { db, syncs } = slowDisk(t)
  const done = db.transaction().execute(async (trx) => {
    await trx.insertInto('notes').values({ text: 'one' }).execute()
    await trx.insertInto('notes').values({ text: 'two' }).execute()
    t.equal(syncs.length, 0)
    return 'done'
  })
  t.notOk(await isSettled(done))
  t.equal(syncs.length, 1)
  syncs[0]?.resolve()
  t.equal(await done, 'done')
})

t.test('who writes during a sync waits for the next one, together', async (t) => {
  const { syncs, write } = slowDisk(t)
  const first = write('one')
  await turn()
  const others = [write('two'), write('three')]
  await turn()
  syncs[0]?.resolve()
  await first
  t.notOk(
    await isSettled(Promise.race(others)),
    'the running sync may have begun too early for them',
  )
  t.equal(syncs.length, 2)
  syncs[1]?.resolve()
  await Promise.all(others)
})

t.test('a disk that fails is told to who wrote, and no later sync hides it', async (t) => {
  const { syncs, write, repairs } = slowDisk(t)
  const lost = write('one')
  await turn()
  syncs[0]?.reject(new Error('EIO'))
  await t.rejects(lost, { code: 'SQLITE_IOERR_FSYNC' })
  t.equal(repairs(), 0)
  const next = write('two')
  await turn()
  t.equal(repairs(), 1, 'the log is written into the database first')
  syncs[1]?.resolve()
  await next
  const third = write('three')
  await turn()
  t.equal(repairs(), 1, 'once is enough')
  syncs[2]?.resolve()
  await third
})
