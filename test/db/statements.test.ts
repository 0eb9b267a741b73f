import { sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../db/open.ts'

t.test('of more different queries than are kept each gives its own answer', async (t) => {
  const { db, sqlite } = openDatabase(':memory:')
  t.teardown(() => db.destroy())
  let prepared = 0
  const prepare = sqlite.prepare.bind(sqlite)
  sqlite.prepare = (text: string) => {
    prepared += 1
    return prepare(text)
  }
  const ask = async (n: number) => {
    const { rows } = await sql<{ n: number }>`select ${sql.lit(n)} as n`.execute(db)
    return rows[0]?.n
  }
  for (let turn = 0; turn < 2; turn += 1) {
    for (let n = 0; n < 1_000; n += 1) {
      if ((await ask(n)) !== n) t.fail(`another's answer for ${n}`)
      if ((await ask(-1)) !== -1) t.fail('another’s answer for the one in use')
    }
  }
  t.equal(prepared, 2_001, 'the one in use is prepared once')
})
