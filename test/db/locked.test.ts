import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { build, signInAsAdmin } from '../helper.ts'

/** A server, and another process's hand on its database. */
async function shared(t: Test) {
  const path = join(t.testdir(), 'oo.db')
  const world = await build(t, { DATABASE_PATH: path })
  const other = new SQLite(path, { timeout: 10_000 })
  t.teardown(() => other.close())
  const write = () =>
    world.app.inject({
      method: 'POST',
      url: '/api/auth/token',
      payload: { token: world.config.ADMIN_TOKEN },
    })
  return { ...world, other, write }
}

t.test('a short lock is waited for, and holds nobody else up', async (t) => {
  const { app, other, write } = await shared(t)
  other.exec('begin exclusive')
  const written = write()
  let turns = 0
  for (const until = Date.now() + 300; Date.now() < until; turns++) {
    t.equal((await app.inject('/health')).statusCode, 200)
    await sleep(10)
  }
  t.ok(turns >= 5, `${turns} health checks while the write waits`)
  other.exec('rollback')
  t.equal((await written).statusCode, 200)
})

t.test('a long lock is answered 503, at once after the first, and passes', async (t) => {
  const world = await shared(t)
  const { app, other, write } = world
  const cookie = await signInAsAdmin(world)
  other.exec('begin exclusive')
  const first = await write()
  t.equal(first.statusCode, 503)
  t.match(first.headers, { 'retry-after': /^\d+$/, 'content-type': /^application\/problem\+json/ })
  t.match(first.json(), { code: 'storage_unavailable' })
  const startedAt = performance.now()
  for (let i = 0; i < 10; i++) t.equal((await write()).statusCode, 503)
  t.ok(performance.now() - startedAt < 5_000, 'ten do not wait ten times')
  const session = await app.inject({ url: '/api/auth/session', headers: { cookie } })
  t.match(session.json(), { user: { role: 'admin' } }, 'reading goes on')
  other.exec('rollback')
  t.equal((await write()).statusCode, 200)
})

t.test('a database that may not be written is answered 503, and reading goes on', async (t) => {
  const world = await shared(t)
  const cookie = await signInAsAdmin(world)
  const sql = (text: string) => world.app.db.executeQuery({ sql: text, parameters: [] } as never)
  await sql('pragma query_only = on')
  t.match((await world.write()).json(), { code: 'storage_unavailable', status: 503 })
  const session = await world.app.inject({ url: '/api/auth/session', headers: { cookie } })
  t.match(session.json(), { user: { role: 'admin' } })
  await sql('pragma query_only = off')
  t.equal((await world.write()).statusCode, 200)
})
