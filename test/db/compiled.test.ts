import { join } from 'node:path'
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
})
