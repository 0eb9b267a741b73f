import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openReadOnly } from '../../db/open-read-only.ts'
import { build, signInPerson } from '../helper.ts'

const script = (name: string) => join(import.meta.dirname, '..', '..', 'scripts', `${name}.ts`)

function run(name: 'backup' | 'restore', path: string, ...args: string[]) {
  const env = { PATH: process.env.PATH ?? '', DATABASE_PATH: path }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script(name), ...args], {
    env,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

async function count(path: string, table: 'users' | 'sessions'): Promise<number> {
  const db = openReadOnly(path)
  const { n } = await db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  await db.destroy()
  return n
}

t.test('a backup is made beside a running server, and restored when it has stopped', async (t) => {
  const folder = t.testdir()
  const [path, file] = [join(folder, 'oo.db'), join(folder, 'backup.db')]
  const world = await build(t, { DATABASE_PATH: path })
  await signInPerson(world)
  const users = await count(path, 'users')

  t.match(run('backup', path, file), { status: 0, output: /backed up/ })
  t.equal(statSync(file).mode & 0o777, 0o600, 'it holds what the database holds')
  t.equal(await count(file, 'users'), users)
  t.match(run('backup', path, file), { status: 1, output: /exists already/ })

  await signInPerson(world)
  t.match(run('restore', path, file), { status: 1, output: /a server is running/ })
  t.equal(await count(path, 'users'), users + 1, 'nothing has changed')

  await world.app.close()
  t.match(run('restore', path, file), { status: 0, output: /sign in again/ })
  t.equal(await count(path, 'users'), users)
  t.equal(await count(path, 'sessions'), 0, 'an ended session does not come back')
  const kept = readdirSync(folder).find((name) => name.includes('.before-')) as string
  t.equal(await count(join(folder, kept), 'users'), users + 1, 'what was there is kept')
})

t.test('what is no backup is refused, and the database stays', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'oo.db')
  const world = await build(t, { DATABASE_PATH: path })
  await world.app.close()
  const damaged = join(folder, 'damaged.db')
  copyFileSync(path, damaged)
  writeFileSync(damaged, 'no database at all, and long enough to be looked at'.repeat(100))
  const before = statSync(path).mtimeMs
  t.match(run('restore', path, damaged), { status: 1, output: /nothing was restored/ })
  t.match(run('restore', path, join(folder, 'none.db')), { status: 1 })
  t.match(run('restore', path), { status: 1, output: /give the backup/ })
  t.equal(statSync(path).mtimeMs, before)
  t.notOk(existsSync(`${path}.restored`))
})
