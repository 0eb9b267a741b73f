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
