import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { build } from '../helper.ts'

t.test('with a DSN a failure reaches Sentry, with its trace and without the request', async (t) => {
  const envelopes: { path: string; text: string }[] = []
  const sentry = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    envelopes.push({ path: request.url ?? '', text: text.toString() })
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(sentry, 'listening')
  t.teardown(() => sentry.close())
  const { port } = sentry.address() as AddressInfo
  const { app } = await build(t, { SENTRY_DSN: `http://public@127.0.0.1:${port}/1` })

  // A failure that no handler expects: the table is gone.
  await app.db.schema.dropTable('sessions').execute()
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/token',
    headers: { 'user-agent': 'canary-agent', cookie: 'other=canary-cookie' },
    payload: { token: app.config.ADMIN_TOKEN },
  })
  t.match(answer.json(), { status: 500, code: 'internal_error' })
  t.notMatch(answer.body, 'sessions', 'the caller learns nothing of the inside')
  await app.close()

  const event = envelopes.find((envelope) => envelope.text.includes('"type":"event"'))
  t.match(event?.path, /^\/api\/1\/envelope\//)
  t.match(event?.text, answer.json().traceId)
  t.match(event?.text, 'no such table')
  for (const canary of ['canary-agent', 'canary-cookie', app.config.ADMIN_TOKEN]) {
    t.notMatch(event?.text, canary)
  }
})

t.test('a refused request is no failure, and without a DSN nothing is sent', async (t) => {
  let received = 0
  const sentry = createServer((_request, response) => {
    received += 1
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(sentry, 'listening')
  t.teardown(() => sentry.close())
  const { port } = sentry.address() as AddressInfo
  const { app } = await build(t, { SENTRY_DSN: `http://public@127.0.0.1:${port}/1` })
  t.equal((await app.inject('/nowhere')).statusCode, 404)
  await app.close()
  t.equal(received, 0)
})
