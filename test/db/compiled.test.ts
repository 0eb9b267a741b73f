import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { compiledOnce } from '../../db/compiled.ts'
import { migrate } from '../../db/migrate.ts'
import { openDatabase } from '../../db/open.ts'

interface Cursor {
  name: string
  seq: number
}

t.test('a query of the hot path', async (t) => {
  const { db } = openDatabase(join(t.testdir(), 'oo.db'))
  t.teardown(() => db.destroy())
  await migrate(db)

  t.test('is built once, and run with other values each time', async (t) => {
    let built = 0
    const seqOf = compiledOnce((db, { name }: { name: string }) => {
      built += 1
      return db.selectFrom('outbox_cursors').select('seq').where('name', '=', name)
    })
    await db.insertInto('outbox_cursors').values({ name: 'a', seq: 7 }).execute()
    t.same(await seqOf(db, { name: 'a' }), [{ seq: 7 }])
    t.same(await seqOf(db, { name: 'b' }), [])
    t.equal(built, 1)
  })

  t.test('takes its parameters by name, and says so when they are spread', async (t) => {
    const spread = compiledOnce((db, { name, ...others }: Cursor) =>
      db
        .selectFrom('outbox_cursors')
        .select('seq')
        .where('name', '=', name)
        .where('seq', '=', others.seq),
    )
    await t.rejects(spread(db, { name: 'a', seq: 7 }), { message: /by name/ })
  })

  t.test(
    'waits for the transaction whose turn it is, and sees nothing of one undone',
    async (t) => {
      const seqOf = compiledOnce((db, { name }: { name: string }) =>
        db.selectFrom('outbox_cursors').select('seq').where('name', '=', name),
      )
      const undone = db.transaction().execute(async (trx) => {
        await trx.insertInto('outbox_cursors').values({ name: 'undone', seq: 1 }).execute()
        t.same(await seqOf(trx, { name: 'undone' }), [{ seq: 1 }], 'its own part of it does not')
        await sleep(20)
        throw new Error('undone')
      })
      const rejected = t.rejects(undone, { message: 'undone' })
      const seen: unknown[] = []
      const reads = ['undone', 'a', 'undone'].map(async (name) =>
        seen.push(await seqOf(db, { name })),
      )
      await sleep(5)
      t.same(seen, [], 'nobody reads meanwhile')
      await Promise.all([rejected, ...reads])
      t.same(seen, [[], [{ seq: 7 }], []], 'in the order in which they asked')
    },
  )
})

t.test('a database on which nothing else was asked is closed as any other', async (t) => {
  const { db, sqlite } = openDatabase(':memory:')
  const one = compiledOnce(() => sql<{ n: number }>`select 1 as n`)
  t.same(await one(db, {}), [{ n: 1 }])
  await db.destroy()
  t.notOk(sqlite.open)
})
