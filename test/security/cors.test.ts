import t from 'tap'
import { build, signInPerson, WEB } from '../helper.ts'
import { operationsOf, unsafeOperationsOf, urlOf } from '../openapi.ts'

const FOREIGN = ['https://evil.test', 'null', `${WEB}.evil.test`, 'http://localhost:3002', '*']

t.test('each unsafe operation has a preflight that names one origin and its method', async (t) => {
  const { app } = await build(t)
  const operations = unsafeOperationsOf(app)
  t.ok(operations.length > 15)
  for (const operation of operations) {
    for (const origin of [WEB, ...FOREIGN]) {
      const answer = await app.inject({
        method: 'OPTIONS',
        url: urlOf(operation),
        headers: {
          origin,
          'access-control-request-method': operation.method,
          'access-control-request-headers': 'content-type,x-anything',
        },
      })
      const what = `${operation.operationId} from ${origin}`
      t.equal(answer.statusCode, 204, what)
      t.equal(answer.headers['access-control-allow-origin'], WEB, what)
      t.equal(answer.headers['access-control-allow-credentials'], 'true', what)
      const methods = String(answer.headers['access-control-allow-methods']).split(', ')
      t.ok(methods.includes(operation.method), what)
      t.notMatch(answer.headers['access-control-allow-headers'], 'x-anything', what)
    }
  }
})

t.test('no answer ever names another origin than the web app’s', async (t) => {
  const world = await build(t)
  const { app } = world
  const { cookie } = await signInPerson(world)
  for (const operation of operationsOf(app)) {
    for (const origin of [undefined, WEB, ...FOREIGN]) {
      const headers = { cookie, ...(origin && { origin }) }
      const answer = await app.inject({ method: 'GET', url: urlOf(operation), headers })
      t.equal(answer.headers['access-control-allow-origin'], WEB, `${operation.path} ${origin}`)
      t.notMatch(JSON.stringify(answer.headers), 'evil', operation.path)
    }
  }
})

t.test(
  'the web app can read why it was refused: 401, 403, 404, 413, 415, 429, 500, 503',
  async (t) => {
    const world = await build(t, { RATE_LIMIT_AUTH: '3' })
    const { app } = world
    const { cookie } = await signInPerson(world)
    const read: number[] = []
    async function ask(
      method: 'GET' | 'POST',
      url: string,
      more: { cookie?: string; payload?: string; type?: string } = {},
    ) {
      const { payload, type = 'application/json' } = more
      const answer = await app.inject({
        method,
        url,
        headers: {
          origin: WEB,
          cookie: more.cookie ?? '',
          ...(payload && { 'content-type': type }),
        },
        ...(payload && { payload }),
      })
      t.equal(answer.headers['access-control-allow-origin'], WEB, `${answer.statusCode}`)
      t.equal(answer.headers['access-control-allow-credentials'], 'true')
      t.match(answer.headers['access-control-expose-headers'], 'retry-after')
      read.push(answer.statusCode)
    }
    await ask('GET', '/api/tips')
    await ask('GET', '/api/admin/stats', { cookie })
    await ask('GET', '/api/nowhere')
    await ask('POST', '/api/auth/token', { payload: 'x'.repeat(70_000) })
    await ask('POST', '/api/auth/token', { payload: 'x', type: 'text/plain' })
    await ask('POST', '/api/auth/login')
    await ask('POST', '/api/auth/login')
    await ask('GET', '/api/push/key', { cookie })
    await app.db.schema.dropTable('tip_feedback').execute()
    await app.db.schema.dropTable('shadow_scores').execute()
    await app.db.schema.dropTable('tip_scores').execute()
    await ask('GET', '/api/tips', { cookie })
    t.same(read, [401, 403, 404, 413, 415, 502, 429, 503, 500])
  },
)
