import t from 'tap'
import { build } from '../helper.ts'

t.test('health answers without asking anything and logs nothing', async (t) => {
  const { app, log } = await build(t, { LOG_LEVEL: 'info' })
  log.length = 0
  const answer = await app.inject('/health')
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), { ok: true })
  t.same(log, [])
})

t.test('ready tells of the database, the migrations and draining', async (t) => {
  const { app } = await build(t)
  const ready = await app.inject('/ready')
  t.equal(ready.statusCode, 200)
  t.same(ready.json(), { ok: true, checks: { database: 'ok', migrations: 'ok', serving: 'ok' } })

  app.lifecycle.draining = true
  const draining = await app.inject('/ready')
  t.equal(draining.statusCode, 503)
  t.match(draining.json(), { ok: false, checks: { serving: 'draining' } })
})

t.test('the document and the page to read it are there for everyone', async (t) => {
  const { app } = await build(t)
  const document = await app.inject('/api/openapi.json')
  t.match(document.json(), { openapi: /^3\.1/, paths: { '/health': { get: {} } } })

  const page = await app.inject('/api/docs')
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.headers['content-security-policy'], "default-src 'none'; script-src 'self'")
  t.notMatch(page.headers['content-security-policy'], 'unsafe')
  t.same((await app.inject('/api/docs/json')).json(), document.json())
})
