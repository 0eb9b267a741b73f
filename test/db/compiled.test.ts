import { join } from 'node:path'
import t from 'tap'
import { compiledOnce } from '../../db/compiled.ts'
import { openDatabase } from '../../db/open.ts'

interface Named {
  name: string
  type: string
}

t.test('a query of the hot path', async (t) => {
  const { db } = openDatabase(join(t.testdir(), 'oo.db'))
  t.teardown(() => db.destroy())
  await db.schema.createTable('users').addColumn('id', 'text').execute()

  t.test('is built once, and run with other values each time', async (t) => {
    let built = 0
    const byName = compiledOnce((db, { name }: { name: string }) => {
      built += 1
      return db.selectFrom('users').select('id').where('id', '=', name)
    })
    await db
      .insertInto('users')
      .values({ id: 'a' } as never)
      .execute()
    t.same(await byName(db, { name: 'a' }), [{ id: 'a' }])
    t.same(await byName(db, { name: 'b' }), [])
    t.equal(built, 1)
  })

  t.test(
    'says so when its parameters are not taken by name, as nobody knows yet which there are',
    async (t) => {
      const spread = compiledOnce((db, { name, ...others }: Named) =>
        db
          .selectFrom('users')
          .select('id')
          .where('id', '=', name)
          .where('kind', '=', others.type as never),
      )
      await t.rejects(spread(db, { name: 'a', type: 'b' }), { message: /by name/ })
    },
  )
})
