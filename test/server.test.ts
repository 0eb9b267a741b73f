import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../db/open.ts'
import { freePort, startApi } from '../sandbox/api.ts'
import { failedStart } from './failed-start.ts'
import { type Env, testEnv } from './helper.ts'

async function start(t: Test, env: Env = {}) {
  const path = join(t.testdir(), 'oo.db')
  const port = String(await freePort())
  const api = await startApi(
    testEnv({ DATABASE_PATH: path, PORT: port, LOG_LEVEL: 'info', ...env }),
  )
  t.teardown(() => api.stop('SIGKILL'))
  return { ...api, path }
}

t.test('with nothing set it stops with one message that lists all that is missing', async (t) => {
  const { code, output } = await failedStart({})
  t.equal(code, 1)
  for (const name of [
    'SESSION_SECRET',
    'GOOGLE_CLIENT_ID',
    'GOOGLE_CLIENT_SECRET',
    'TODOIST_CLIENT_ID',
    'TODOIST_CLIENT_SECRET',
  ]) {
    t.match(output, `${name}: is missing`)
  }
  t.match(output, 'npm run sandbox')
  t.notMatch(output, /at .*\.ts:/, 'no stack')
})

t.test('a malformed environment shows names and no values', async (t) => {
  const { code, output } = await failedStart({
    ...testEnv(),
    PORT: 'eighty-hundred',
    SESSION_SECRET: 'too-short-secret',
    WEB_BASE_URL: 'ftp://somewhere.test',
  })
  t.equal(code, 1)
  for (const name of ['PORT', 'SESSION_SECRET', 'WEB_BASE_URL']) t.match(output, name)
  for (const value of ['eighty-hundred', 'too-short-secret', 'somewhere.test']) {
    t.notMatch(output, value)
  }
})

t.test('a database newer than the code stops the start', async (t) => {
  const path = join(t.testdir(), 'newer.db')
  const { db, sqlite } = openDatabase(path)
  sqlite.exec('CREATE TABLE kysely_migration (name text primary key, timestamp text)')
  sqlite.exec("INSERT INTO kysely_migration VALUES ('29990101T0000_future', 'then')")
  await db.destroy()
  const { code, output } = await failedStart(testEnv({ DATABASE_PATH: path }))
  t.equal(code, 1)
  t.match(output, 'newer than this code')
  t.match(output, '29990101T0000_future')
})

t.test('SIGTERM: ready turns 503, requests in flight finish, exit 0', async (t) => {
  const provider = createServer(() => {}).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  t.teardown(() => {
    provider.closeAllConnections()
    provider.close()
  })
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const { url, child, stop } = await start(t, { GOOGLE_ISSUER: issuer })
  // The provider never answers, so this request is in flight until its deadline of five seconds.
  const inFlight = fetch(`${url}/api/auth/login`, { method: 'POST' })
  await once(provider, 'request')

  const exit = stop('SIGTERM')
  const started = Date.now()
  let ready = 200
  while (ready === 200 && Date.now() - started < 1_000) {
    ready = (await fetch(`${url}/ready`)).status
  }
  t.equal(ready, 503)
  t.equal((await inFlight).status, 502, 'the request in flight got its answer')
  t.equal(await exit, 0)
  t.ok(Date.now() - started < 10_000)
  t.equal(child.signalCode, null)
})

t.test('every log line is JSON, and a request line has its trace id', async (t) => {
  const { url, lines, stop } = await start(t)
  const traceId = 'a'.repeat(32)
  await fetch(`${url}/api/auth/session?secret=in-the-query`, {
    headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01`, cookie: 'sid=a-cookie' },
  })
  await stop()
  const log = lines.map((line) => JSON.parse(line))
  const own = log.filter((line) => line.traceId === traceId)
  t.match(own, [
    { msg: 'request', method: 'GET', path: '/api/auth/session' },
    { msg: 'response', status: 200, route: '/api/auth/session' },
  ])
  t.notMatch(lines.join('\n'), /in-the-query|a-cookie/)
})
