import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Migration, Migrator } from 'kysely/migration'
import t, { type Test } from 'tap'
import { appliedMigrations, migrate, migrations } from '../../db/migrate.ts'
import { openDatabase } from '../../db/open.ts'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { testEnv } from '../helper.ts'

function open(t: Test, name = 'oo.db') {
  const opened = openDatabase(join(t.testdir(), name))
  t.teardown(() => opened.db.destroy())
  return opened
}

t.test('a new file gets every migration once', async (t) => {
  const { db } = open(t)
  t.same(await appliedMigrations(db), [])
  t.same(await migrate(db), Object.keys(migrations))
  t.same(await migrate(db), [])
  t.same(await appliedMigrations(db), Object.keys(migrations))
})

t.test('a database of the first release is migrated at the start and keeps its rows', async (t) => {
  const path = join(t.testdir(), 'oo.db')
  const old = openDatabase(path)
  const [first = '', ...later] = Object.keys(migrations)
  const provider = { getMigrations: async () => ({ [first]: migrations[first] as Migration }) }
  await new Migrator({ db: old.db, provider }).migrateToLatest()
  old.sqlite.exec(`
    insert into users values ('u', 'person', 'i', 's', null, 0, 'Ada', null, 1, 2);
    insert into sessions values ('h', 'p', 'u', 'oidc', null, 1, 2, 3);
    insert into events (id, type, occurred_at, trace_id, payload) values ('e', 't', 1, 'f', '{}')`)
  t.same(await appliedMigrations(old.db), [first])
  await old.db.destroy()

  const config = loadConfig(testEnv({ DATABASE_PATH: path }))
  const app = await createApp({ config, clock: () => 2 })
  t.teardown(() => app.close())
  t.same(await appliedMigrations(app.db), [first, ...later])
  t.match(await app.db.selectFrom('users').selectAll().execute(), [{ id: 'u', name: 'Ada' }])
  t.match(await app.db.selectFrom('sessions').selectAll().execute(), [{ id_hash: 'h' }])
  t.match(await app.db.selectFrom('events').selectAll().execute(), [{ seq: 1, id: 'e' }])
})

t.test('every file of migrations/ is listed, in the order of its time', async (t) => {
  const files = (await readdir(new URL('../../db/migrations', import.meta.url))).sort()
  t.same(
    files.map((file) => file.replace(/\.ts$/, '')),
    Object.keys(migrations),
  )
})

t.test('a migration that fails leaves no trace', async (t) => {
  const { db, sqlite } = open(t)
  migrations['29990101T0000_broken'] = {
    async up(trx) {
      await trx.schema.createTable('half').addColumn('id', 'text').execute()
      throw new Error('halfway')
    },
  }
  t.teardown(() => delete migrations['29990101T0000_broken'])
  await t.rejects(migrate(db), /halfway/)
  const tables = sqlite.prepare("SELECT name FROM sqlite_master WHERE name = 'half'").all()
  t.same(tables, [])
  t.notOk((await appliedMigrations(db)).includes('29990101T0000_broken'))
  t.ok((await appliedMigrations(db)).length > 0, 'those before it stay')
})

t.test('the file is opened so that a commit lasts and a deletion erases', async (t) => {
  const { sqlite } = open(t)
  t.equal(sqlite.pragma('journal_mode', { simple: true }), 'wal')
  t.equal(sqlite.pragma('synchronous', { simple: true }), 1, 'the rest is in durability.ts')
  t.equal(sqlite.pragma('foreign_keys', { simple: true }), 1)
  t.equal(sqlite.pragma('secure_delete', { simple: true }), 1)
})
