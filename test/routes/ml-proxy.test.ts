import t from 'tap'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'
import { build, signInAsAdmin, signInPerson, WEB } from '../helper.ts'
import { proxyTo, recordingUpstream } from '../ml-upstream.ts'

const TOKEN = 'ml-serving-token-0123456789abcdef'

t.test('an administrator reads ml/serving as it is, everyone else nothing', async (t) => {
  const ml = await startMlServing({ token: TOKEN })
  t.teardown(() => ml.close())
  const world = await build(t, { ML_SERVING_URL: ml.url, ML_SERVING_TOKEN: TOKEN })
  const admin = await signInAsAdmin(world)
  const ada = await signInPerson(world)
  const get = (cookie: string) => world.app.inject({ url: '/api/ml/policies', headers: { cookie } })

  t.match((await get('')).json(), { status: 401, code: 'unauthenticated' })
  t.match((await get(ada.cookie)).json(), { status: 403, code: 'forbidden' })
  t.notOk(
    ml.control.requests('policies').some(({ headers }) => headers['x-deadline-ms'] === '10000'),
    'nothing of that reached it',
  )

  const answer = await get(admin)
  t.equal(answer.statusCode, 200)
  t.equal(answer.json().active, 'linucb')
  const missing = await world.app.inject({ url: '/api/ml/nowhere', headers: { cookie: admin } })
  t.equal(missing.statusCode, 404)
  t.match(missing.json(), { code: 'not_found', retryable: false }, 'its own words')
})

t.test('each call through the proxy is one entry of the audit log', async (t) => {
  const { url } = await recordingUpstream(t)
  const { app, cookie } = await proxyTo(t, url)
  await app.inject({ url: '/api/ml/models', headers: { cookie } })
  await app.inject({ url: '/api/ml/models' })
  await app.inject({ url: '/api/ml//models', headers: { cookie } })
  const rows = await app.db
    .selectFrom('audit')
    .select(['action', 'target', 'status'])
    .orderBy('seq')
    .execute()
  t.same(rows, [
    { action: 'getFromMlServing', target: 'models', status: 200 },
    { action: 'getFromMlServing', target: 'models', status: 401 },
    { action: 'getFromMlServing', target: '/models', status: 400 },
  ])
})

t.test('calls count towards the rate limit', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { app, cookie } = await proxyTo(t, url, { RATE_LIMIT_USER: '2' })
  const statuses: number[] = []
  for (let i = 0; i < 3; i++) {
    statuses.push((await app.inject({ url: '/api/ml/x', headers: { cookie } })).statusCode)
  }
  t.same(statuses, [200, 200, 429])
  t.equal(reached.length, 2)
})

t.test(
  'only headers about the answer come back; cookies, CORS and security are ours',
  async (t) => {
    const { url } = await recordingUpstream(t, (_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-encoding': 'identity',
        etag: '"v1"',
        'set-cookie': ['sid=theirs; Path=/', 'other=1'],
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'false',
        'content-security-policy': "default-src *; script-src 'unsafe-inline'",
        'x-content-type-options': 'maybe',
        'strict-transport-security': 'max-age=0',
        'cache-control': 'public, max-age=600',
        'clear-site-data': '"*"',
        location: 'http://127.0.0.1/inside',
        server: 'ml/1.0 (host-17)',
        'x-powered-by': 'inside',
      })
      response.end('{"theirs":true}')
    })
    const { app, cookie } = await proxyTo(t, url)
    const { headers, body } = await app.inject({
      url: '/api/ml/x',
      headers: { cookie, origin: WEB },
    })
    t.equal(body, '{"theirs":true}')
    t.match(headers, {
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'identity',
      etag: '"v1"',
      'access-control-allow-origin': WEB,
      'access-control-allow-credentials': 'true',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    for (const name of ['set-cookie', 'location', 'server', 'x-powered-by', 'clear-site-data']) {
      t.notOk(headers[name], name)
    }
    t.notOk(headers['strict-transport-security'])
  },
)

t.test('ml/serving may live below a path of its host', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { app, cookie } = await proxyTo(t, `${url}/ml/v2/`)
  await app.inject({ url: '/api/ml/x?all=1', headers: { cookie } })
  t.equal(reached.at(-1)?.url, '/ml/v2/x?all=1')
})

t.test('only GET and HEAD are passed on', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { app, cookie } = await proxyTo(t, url)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const) {
    const answer = await app.inject({ method, url: '/api/ml/x', headers: { cookie } })
    t.match(answer.json(), { status: 404, code: 'not_found' }, method)
  }
  await app.inject({ method: 'OPTIONS', url: '/api/ml/x', headers: { cookie, origin: WEB } })
  t.same(reached, [])

  const head = await app.inject({ method: 'HEAD', url: '/api/ml/x', headers: { cookie } })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  t.equal(reached[0]?.method, 'HEAD')
})

t.test('the document names the path below as one parameter', async (t) => {
  const { app } = await build(t)
  const { paths } = JSON.parse(app.openapiText)
  const { get, head } = paths['/api/ml/{path}']
  t.notOk(head)
  t.equal(get.operationId, 'getFromMlServing')
  t.match(get.parameters, [{ in: 'path', name: 'path', required: true }])
  for (const status of ['200', '400', '401', '403', '413', '502', '504', 'default']) {
    t.ok(get.responses[status], status)
  }
})
