import t from 'tap'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'
import { mayScrape } from '../../src/metrics/access.ts'
import { build, signInPerson, type TestApp } from '../helper.ts'
import { sayRaw } from '../raw.ts'

const TOKEN = 'a-metrics-token-0123456789abcdef'
const TRACE = { traceId: 'f'.repeat(32) }

/** The value of each series, by name and labels as they are written. */
async function read({ app }: TestApp): Promise<Record<string, number>> {
  const { body } = await app.inject('/metrics')
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

t.test('metrics are plain text for Prometheus, and reading them is not logged', async (t) => {
  const { app, log } = await build(t, { LOG_LEVEL: 'info' })
  const answer = await app.inject('/metrics')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.equal(answer.headers['cache-control'], 'no-store')
  for (const line of answer.body.split('\n').filter(Boolean)) {
    t.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [-+\d.eInfNa]+)$/)
  }
  t.notOk(log.some(({ msg }) => msg === 'request' || msg === 'response'))
})

t.test('requests are counted by route, method and class of status', async (t) => {
  const world = await build(t)
  const { app } = world
  await app.inject('/api/auth/session')
  await app.inject('/api/auth/session')
  await app.inject('/api/auth/sessions')
  await app.inject({ method: 'DELETE', url: '/api/auth/sessions/of-someone' })
  await app.inject('/nowhere/1')
  await app.inject('/nowhere/2')
  const figures = await read(world)
  const requests = (method: string, route: string, status: string) =>
    figures[`http_requests_total{method="${method}",route="${route}",status="${status}"}`]
  t.equal(requests('GET', '/api/auth/session', '2xx'), 2)
  t.equal(requests('GET', '/api/auth/sessions', '4xx'), 1)
  t.equal(requests('DELETE', '/api/auth/sessions/:id', '4xx'), 1)
  t.equal(requests('GET', 'unmatched', '4xx'), 2)
  const duration = 'http_request_duration_seconds'
  t.equal(figures[`${duration}_count{route="/api/auth/session"}`], 2)
  t.equal(figures[`${duration}_bucket{le="+Inf",route="/api/auth/session"}`], 2)
  t.ok((figures[`${duration}_sum{route="/api/auth/session"}`] ?? 0) > 0)
  t.notMatch(Object.keys(figures).join(), 'of-someone', 'no path of a caller')
})

t.test('the process, the loop and the database are measured', async (t) => {
  const world = await build(t)
  const figures = await read(world)
  t.equal(figures.oo_sqlite_up, 1)
  t.ok((figures['oo_sqlite_bytes{file="database"}'] ?? 0) > 0)
  t.ok('oo_sqlite_bytes{file="wal"}' in figures)
  t.ok('nodejs_eventloop_lag_p99_seconds' in figures)
  t.ok('process_resident_memory_bytes' in figures)

  await world.app.db.schema.alterTable('sim_runs').renameTo('elsewhere').execute()
  const broken = await read(world)
  t.equal(broken.oo_sqlite_up, 0, 'the rest is still told')
  t.ok('nodejs_eventloop_lag_p99_seconds' in broken)
})

t.test('what happens is counted as it is committed', async (t) => {
  const world = await build(t)
  const { app } = world
  t.equal((await read(world))['oo_push_total{outcome="sent"}'], 0, 'there from the start')
  const { userId } = await signInPerson(world)
  await app.transact(TRACE.traceId, async (_trx, emit) => {
    const counts = { added: 1, updated: 0, removed: 0, open: 1 }
    await emit('signals.task.synced', userId, { provider: 'todoist', full: true, ...counts })
    await emit('signals.integration.failed', userId, { provider: 'todoist', error: 'late' })
    await emit('signals.push.sent', userId, { sent: 3, removed: 1, failed: 2 })
    const tip = { tipId: 'none', source: 'rules', policy: 'rules', latencyMs: 120 }
    await emit('signals.tip.served', userId, tip)
  })
  const figures = await read(world)
  t.match(figures, {
    'oo_events_total{type="signals.user.created"}': 1,
    'oo_syncs_total{provider="todoist",outcome="ok"}': 1,
    'oo_syncs_total{provider="todoist",outcome="failed"}': 1,
    'oo_push_total{outcome="sent"}': 3,
    'oo_push_total{outcome="removed"}': 1,
    'oo_push_total{outcome="failed"}': 2,
    'oo_tips_served_total{source="rules"}': 1,
    'oo_tip_latency_seconds_sum{source="rules"}': 0.12,
  })
})

t.test('a backlog shows how far each consumer of the log is behind', async (t) => {
  const world = await build(t)
  const { db, transact } = world.app
  const { userId } = await signInPerson(world)
  const far = { name: 'stats', seq: Number.MAX_SAFE_INTEGER }
  await db
    .insertInto('outbox_cursors')
    .values(far)
    .onConflict((c) => c.column('name').doUpdateSet(far))
    .execute()
  await transact(TRACE.traceId, async (_trx, emit) => {
    for (let i = 0; i < 3; i++) {
      const answer = { action: 'done', reward: 1, rewardVersion: 'r1' }
      const tip = { tipId: `t${i}`, chosenId: 'todoist:1', propensity: 1 }
      await emit('signals.tip.feedback', userId, { ...tip, ...answer })
    }
  })
  const behind = await read(world)
  t.equal(behind['oo_outbox_backlog{consumer="rewards"}'], 3, 'ml/serving is down')
  t.equal(behind['oo_outbox_backlog{consumer="stats"}'], 0)
  t.notOk('oo_outbox_backlog{consumer="nats"}' in behind, 'no NATS, no backlog')
})

t.test('simulations that run or wait are shown', async (t) => {
  const world = await build(t)
  const row = { params: '{}', created_at: 0, requested_by: null }
  await world.app.db
    .insertInto('sim_runs')
    .values([
      { ...row, id: 'a', status: 'succeeded' },
      { ...row, id: 'b', status: 'running' },
    ])
    .execute()
  t.match(await read(world), {
    'oo_sim_runs{status="running"}': 1,
    'oo_sim_runs{status="queued"}': 0,
  })
})

t.test('calls to ml/serving are counted by what became of them', async (t) => {
  const ml = await startMlServing()
  t.teardown(() => ml.close())
  const world = await build(t, { ML_SERVING_URL: ml.url })
  const calls = async (outcome: string) =>
    (await read(world))[`oo_ml_calls_total{operation="health",outcome="${outcome}"}`] ?? 0
  const circuit = async () => (await read(world))['oo_ml_circuit_open{operation="health"}']

  await world.app.ml.health(TRACE)
  t.equal(await calls('ok'), 1)
  t.equal(await circuit(), 0)

  ml.control.fault({ endpoint: 'health', kind: '500' })
  for (let i = 0; i < 6; i++) await t.rejects(world.app.ml.health(TRACE))
  t.equal(await calls('status'), 5)
  t.equal(await calls('circuit_open'), 1, 'the sixth was not tried')
  t.equal(await circuit(), 1)
  t.equal((await read(world))['oo_ml_call_duration_seconds_count{operation="health"}'], 7)

  const now = performance.now.bind(performance)
  t.intercept(performance, 'now', { value: () => now() + 61_000 })
  t.equal(await circuit(), 0, 'nobody has called for a minute: it is not known to be open')
})

t.test('whoever has the token may read, with a wrong one nobody may', async (t) => {
  const { app } = await build(t, { METRICS_TOKEN: TOKEN })
  const get = (headers: Record<string, string>, remoteAddress = '203.0.113.9') =>
    app.inject({ url: '/metrics', headers, remoteAddress })
  t.equal((await get({ authorization: `Bearer ${TOKEN}` })).statusCode, 200)
  t.equal((await get({ authorization: `bearer ${TOKEN}` })).statusCode, 200)
  for (const authorization of [
    `Bearer ${TOKEN}x`,
    'Bearer ',
    'Basic eDp5',
    TOKEN,
    'Bearer undefined',
  ]) {
    const answer = await get({ authorization })
    t.match(answer.json(), { status: 401, code: 'unauthenticated' }, authorization)
    t.equal(answer.headers['www-authenticate'], 'Bearer')
  }
  t.equal((await get({ authorization: 'Bearer wrong' }, '127.0.0.1')).statusCode, 401)
  t.equal((await get({}, '127.0.0.1')).statusCode, 200)
})

t.test('without a token only programs on this machine may read', async (t) => {
  const from = (socketAddress: string | undefined, headers = {}) =>
    mayScrape({ headers, socketAddress }, '')
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) t.ok(from(address))
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '0.0.0.0', 'localhost', '', undefined]) {
    t.notOk(from(address), String(address))
  }
  t.notOk(from('10.0.0.1', { authorization: 'Bearer ' }))
  t.notOk(from('10.0.0.1', { authorization: 'Bearer x' }), 'an empty token is no token')
})

t.test('what a proxy on this machine passes on does not come from this machine', async (t) => {
  for (const TRUST_PROXY of ['', '127.0.0.1/32']) {
    const { app } = await build(t, { TRUST_PROXY })
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const get = (...headers: string[]) =>
      sayRaw(t, address, ['GET /metrics HTTP/1.1', 'host: x', ...headers])
    t.equal((await get()).status, 200)
    for (const header of [
      'x-forwarded-for: 203.0.113.9',
      'x-forwarded-for: 127.0.0.1',
      'via: 1.1 x',
    ]) {
      t.equal((await get(header)).status, 401, `${header}, trusted: ${TRUST_PROXY || 'none'}`)
    }
  }
})

t.test('the document tells of the token', async (t) => {
  const { app } = await build(t)
  const { get } = JSON.parse(app.openapiText).paths['/metrics']
  t.same(get.security, [{ metrics: [] }, {}])
  t.ok(get.responses['200'].content['text/plain'])
  t.ok(get.responses['401'])
})
