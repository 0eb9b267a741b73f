import t from 'tap'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'
import { startAccountWorld } from '../account-world.ts'
import { build, signInAsAdmin, signInPerson, type TestApp, WEB } from '../helper.ts'
import { operationsOf, urlOf } from '../openapi.ts'
import { dial, parseRaw, sayRaw } from '../raw.ts'

type Headers = Record<string, unknown>

/** What is wrong with the security headers of an answer. */
function missingFrom(headers: Headers, url: string, https = false): string[] {
  const wanted: Record<string, RegExp> = {
    'x-content-type-options': /^nosniff$/,
    'content-security-policy': /^default-src '(none|self)';.*frame-ancestors 'none'/,
    'referrer-policy': /^no-referrer$/,
    ...(url.startsWith('/api') && { 'cache-control': /^no-store$/ }),
    ...(https && { 'strict-transport-security': /^max-age=\d{8}/ }),
  }
  return Object.entries(wanted)
    .filter(([name, value]) => !value.test(String(headers[name])))
    .map(([name]) => `${name}: ${headers[name]}`)
}

/** What no caller may ever read: names and places of the inside, stacks, messages of other programs. */
const INSIDE =
  /sqlite|no such (table|column)|select |insert into|kysely|better-sqlite|node_modules|node:internal|\.ts\b|127\.0\.0\.1|localhost:\d|ECONN|ENOENT|undici|fetch failed|\n\s+at /i

const https = { API_BASE_URL: 'https://api.oo.test', WEB_BASE_URL: 'https://app.oo.test' }

t.test('every operation, for everyone, answers with the security headers', async (t) => {
  const world = await build(t, https)
  const { app } = world
  const admin = (await signInAsAdmin(world)) || ''
  const seen = new Set<number>()
  for (const operation of operationsOf(app)) {
    for (const cookie of ['', admin]) {
      for (const url of [urlOf(operation), `${urlOf(operation)}?unknown=1`]) {
        const answer = await app.inject({ method: operation.method, url, headers: { cookie } })
        seen.add(answer.statusCode)
        t.same(
          missingFrom(answer.headers, url, true),
          [],
          `${answer.statusCode} ${operation.operationId}`,
        )
      }
    }
  }
  for (const status of [200, 204, 400, 401]) t.ok(seen.has(status), `${status} was among them`)
})

t.test('on http nobody is told to use https, and pages have a policy of their own', async (t) => {
  const { app } = await build(t)
  t.notOk((await app.inject('/health')).headers['strict-transport-security'])
  const page = await app.inject('/api/docs/')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], 'text/html')
  t.same(missingFrom(page.headers, '/api/docs'), [])
  t.notMatch(page.headers['content-security-policy'], /script-src[^;]*unsafe/)
})

t.test('the statuses that no operation gives have them too', async (t) => {
  const world = await build(t, { RATE_LIMIT_AUTH: '2' })
  const { app } = world
  const post = (payload: string, type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/api/auth/token',
      headers: { 'content-type': type, origin: WEB },
      payload,
    })
  const large = await post('x'.repeat(70_000))
  const text = await post('x', 'text/plain')
  const limited = await post('{}')
  const unknown = await app.inject('/api/nowhere')
  const method = await app.inject({ method: 'PUT', url: '/api/recommend' })
  const foreign = await app.inject({
    method: 'POST',
    url: '/api/recommend',
    headers: { origin: 'https://evil.test' },
  })
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/api/recommend',
    headers: { origin: WEB, 'access-control-request-method': 'POST' },
  })
  const answers = [large, text, limited, unknown, method, foreign]
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [413, 415, 429, 404, 404, 403],
  )
  for (const answer of answers) {
    t.same(missingFrom(answer.headers, '/api'), [], `${answer.statusCode}`)
    t.equal(answer.headers['access-control-allow-origin'], WEB, `${answer.statusCode}`)
  }
  t.equal(preflight.headers['x-powered-by'], undefined)
  t.equal(limited.headers.server, undefined)
})

t.test('bytes that no hook ever sees are answered with them as well', async (t) => {
  const { app } = await build(t)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const requests: [status: number, lines: string[]][] = [
    [400, ['NOT HTTP']],
    [400, ['GET /%zz HTTP/1.1', 'host: x']],
    [431, ['GET / HTTP/1.1', 'host: x', `x-long: ${'x'.repeat(20_000)}`]],
  ]
  for (const [status, lines] of requests) {
    const answer = await sayRaw(t, address, lines)
    t.equal(answer.status, status, `${lines[0]}`)
    t.same(missingFrom(answer.headers, '/api'), [], `${lines[0]}`)
    t.notMatch(answer.body, INSIDE)
  }
  // Slow: a header that is never finished.
  Object.assign(app.server, { headersTimeout: 1_000 })
  const socket = await dial(t, address)
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n')
  let text = ''
  for await (const chunk of socket) text += chunk
  const timedOut = parseRaw(text)
  t.equal(timedOut.status, 408)
  t.same(missingFrom(timedOut.headers, '/api'), [])
})

/** Each operation as both people, with bodies that are valid where it matters. */
async function walk(
  { app }: TestApp,
  cookies: string[],
  check: (answer: { statusCode: number; body: string; headers: Headers }, what: string) => void,
) {
  const bodies: Record<string, object> = {
    giveFeedback: { action: 'done' },
    runSimulation: { policy: 'random', judge: 'persona' },
    actOnUser: { action: 'reset-bandit' },
    signInWithToken: { token: app.config.ADMIN_TOKEN },
    subscribePush: { endpoint: 'https://push.example.com/x', keys: { p256dh: 'x', auth: 'x' } },
    unsubscribePush: { endpoint: 'https://push.example.com/x' },
  }
  for (const operation of operationsOf(app)) {
    const { method, operationId } = operation
    for (const cookie of cookies) {
      const answer = await app.inject({
        method,
        url: urlOf(operation, 'todoist'),
        headers: { cookie, accept: 'application/json' },
        ...(method !== 'GET' && { payload: bodies[operationId] ?? {} }),
      })
      check(answer, `${operationId} ${answer.statusCode}`)
    }
  }
}

t.test('a database that fails table by table tells nothing of itself', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 2, tips: 2 })
  const { app } = world
  const cookies = [person.cookie, await signInAsAdmin(world)]
  let failed = 0
  const check = (answer: { statusCode: number; body: string; headers: Headers }, what: string) => {
    if (answer.statusCode < 500) return
    failed += 1
    t.notMatch(answer.body, INSIDE, what)
    t.match(JSON.parse(answer.body), { code: /^[a-z_]+$/, traceId: /^[0-9a-f]{32}$/ }, what)
    t.same(missingFrom(answer.headers, '/api'), [], what)
  }
  const tables = await app.db.introspection.getTables()
  const broken = tables
    .map(({ name }) => name)
    .filter((name) => !['users', 'sessions', 'audit'].includes(name))
  for (const name of broken) await app.db.schema.alterTable(name).renameTo(`${name}_gone`).execute()
  await walk(world, cookies, check)
  t.ok(failed > 15, `${failed} failures`)
  for (const name of ['audit', 'sessions']) {
    await app.db.schema.alterTable(name).renameTo(`${name}_gone`).execute()
    app.sessions.forget()
    await walk(world, cookies, check)
  }
  t.ok(failed > 60, `${failed} failures`)
})

t.test('other services that fail tell nothing of themselves through us', async (t) => {
  const ml = await startMlServing({})
  t.teardown(() => ml.close())
  // Nobody listens at Google's and Todoist's addresses; ml/serving answers, with what it should not.
  for (const kind of ['500', 'html', 'reset', 'huge'] as const) {
    const world = await build(t, { ML_SERVING_URL: ml.url })
    const cookies = [(await signInPerson(world)).cookie, await signInAsAdmin(world)]
    ml.control.fault({ endpoint: '*', kind })
    await walk(world, cookies, ({ statusCode, body }, what) => {
      // The proxy passes on what ml/serving says, to administrators: that is what it is for.
      if (what.startsWith('getFromMlServing')) return
      if (statusCode >= 400) t.notMatch(body, INSIDE, what)
      t.not(statusCode, 500, what)
    })
  }
})
