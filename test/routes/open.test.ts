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

t.test('a probe is answered before the framework, and as the route answers', async (t) => {
  const { app, log } = await build(t, { LOG_LEVEL: 'info' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  log.length = 0
  const told = async (path: string, method = 'GET') => {
    const answer = await fetch(`${url}${path}`, { method })
    const { date, ...headers } = Object.fromEntries(answer.headers)
    return { status: answer.status, headers, body: await answer.text() }
  }
  const probe = await told('/health')
  t.same(probe, await told('/health?at=all'))
  t.match(probe, {
    status: 200,
    body: '{"ok":true}',
    headers: { 'x-content-type-options': 'nosniff' },
  })
  t.match(await told('/health', 'HEAD'), {
    status: 200,
    headers: { 'content-length': '11' },
    body: '',
  })
  t.equal((await told('/health', 'POST')).status, 404)
  t.same(
    log.filter(({ route }) => route === '/health'),
    [],
  )
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
