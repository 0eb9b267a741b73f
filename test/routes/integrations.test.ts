import t from 'tap'
import { approveTodoist } from '../../sandbox/todoist/walk.ts'
import { API, build, signInPerson, WEB } from '../helper.ts'
import {
  buildWithTodoist,
  callsTo,
  comeBack,
  connectedPerson,
  connectTodoist,
  eventsOf,
  isSyncing,
  startConnecting,
  startSync,
  tasksOf,
  todoistOf,
  until,
} from '../src/integrations/world.ts'

const CONNECT = '/api/integrations/todoist/connect'

t.test('before anything is connected, every provider is listed as disconnected', async (t) => {
  const world = await build(t)
  const person = await signInPerson(world)
  t.same(await todoistOf(world, person), {
    provider: 'todoist',
    status: 'disconnected',
    connectedAt: null,
    lastSyncedAt: null,
    nextSyncAt: null,
    lastError: null,
    taskCount: 0,
  })
})

t.test('nobody who is not signed in may do anything here', async (t) => {
  const { app } = await build(t)
  for (const [method, url] of [
    ['GET', '/api/integrations'],
    ['POST', CONNECT],
    ['GET', '/api/integrations/todoist/callback?state=a&code=b'],
    ['POST', '/api/integrations/todoist/sync'],
    ['DELETE', '/api/integrations/todoist'],
  ] as const) {
    t.equal((await app.inject({ method, url })).statusCode, 401, `${method} ${url}`)
  }
})

t.test('a person connects Todoist and has the tasks soon after', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await signInPerson(world)
  const answer = await connectTodoist(world, person)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, `${WEB}/tips?connected=todoist`)

  await until(async () => (await todoistOf(world, person)).lastSyncedAt !== null)
  const row = await todoistOf(world, person)
  t.match(row, { status: 'connected', lastError: null, taskCount: 25 })
  t.ok(Date.parse(row.nextSyncAt ?? '') > Date.parse(row.lastSyncedAt ?? ''))

  const [item] = world.todoist.control.tasks().sort((a, b) => (a.id < b.id ? -1 : 1))
  const [task] = await tasksOf(world, person)
  t.match(task, {
    id: `todoist:${item?.id}`,
    content: item?.content,
    priority: item?.priority,
    due: item?.due?.date ?? null,
    url: `${world.todoist.url}/app/task/${item?.id}`,
    status: 'open',
  })
  t.type(task?.project, 'string')
  const [first] = await eventsOf(world, 'signals.task.synced')
  t.same(first, { provider: 'todoist', full: true, added: 25, updated: 0, removed: 0, open: 25 })
  t.same(await eventsOf(world, 'signals.integration.connected'), [{ provider: 'todoist' }])
})

t.test('what is stored of the access is encrypted, and the consent is noted', async (t) => {
  const world = await buildWithTodoist(t, { todoist: { tokenLifetimeSeconds: 3600 } })
  const person = await connectedPerson(world)
  const [live] = world.todoist.control.tokens()
  const stored = JSON.stringify(await world.app.db.selectFrom('integrations').selectAll().execute())
  t.notMatch(stored, live?.accessToken ?? 'none')
  t.notMatch(stored, live?.refreshToken ?? 'none')
  t.match(stored, world.todoist.control.users()[0]?.tz_info.timezone ?? 'none')
  const consents = await world.app.db
    .selectFrom('consents')
    .select(['kind', 'action'])
    .where('user_id', '=', person.userId)
    .orderBy('id')
    .execute()
  t.same(consents.at(-1), { kind: 'todoist', action: 'granted' })
})

t.test('connect sends a browser on, from a form, from JSON and from nothing', async (t) => {
  const { app, config } = await build(t)
  const { cookie } = await signInPerson({ app, config, log: [] })
  const form = await app.inject({
    method: 'POST',
    url: CONNECT,
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'returnTo=%2Ftips',
  })
  t.equal(form.statusCode, 303)
  const target = new URL(String(form.headers.location))
  t.equal(target.origin + target.pathname, `${config.TODOIST_AUTH_URL}/oauth/authorize`)
  t.equal(target.searchParams.get('client_id'), 'todoist-test')
  t.equal(target.searchParams.get('scope'), 'data:read')
  t.equal(target.searchParams.get('redirect_uri'), `${API}/api/integrations/todoist/callback`)
  t.notMatch(target.href, 'todoist-client-secret')

  const empty = await app.inject({ method: 'POST', url: CONNECT, headers: { cookie } })
  t.equal(empty.statusCode, 303)
  const evil = await app.inject({
    method: 'POST',
    url: CONNECT,
    headers: { cookie },
    payload: { returnTo: '//evil.example' },
  })
  t.match(evil.json(), { status: 400, code: 'return_to_refused' })
  const text = await app.inject({
    method: 'POST',
    url: CONNECT,
    headers: { cookie, 'content-type': 'application/xml' },
    payload: '<a/>',
  })
  t.equal(text.statusCode, 415)
  const formElsewhere = await app.inject({
    method: 'POST',
    url: '/api/integrations/todoist/sync',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'a=b',
  })
  t.equal(formElsewhere.statusCode, 415, 'only connect takes a form')
})

t.test('a person who says no comes back unconnected', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await signInPerson(world)
  const { authorizationUrl, cookie } = await startConnecting(world, person)
  const callback = await approveTodoist({ authorizationUrl, approve: false })
  const answer = await comeBack(world, callback, cookie)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, `${WEB}/?error=access_denied`)
  t.equal((await todoistOf(world, person)).status, 'disconnected')
  t.same(callsTo(world, '/oauth/access_token'), [], 'the token endpoint is not asked')
})

t.test('a state that is forged, foreign, used or of another person is refused', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await signInPerson(world)
  const other = await signInPerson(world)
  const { authorizationUrl, cookie } = await startConnecting(world, person)
  const callback = await approveTodoist({ authorizationUrl })
  const attemptCookie = cookie.slice(person.cookie.length)

  const refused = async (url: string, cookies: string, name: string) => {
    const answer = await comeBack(world, url, cookies)
    t.match(answer.json(), { status: 400, code: 'oauth_state_invalid' }, name)
  }
  await refused(callback.replace(/state=[^&]+/, 'state=forged'), cookie, 'forged')
  await refused(callback.replace(/&?state=[^&]+/, ''), cookie, 'none')
  await refused(callback, person.cookie, 'another browser')
  await refused(callback, other.cookie + attemptCookie, 'another person in the same browser')
  await refused(callback, cookie, 'used up by the attempt before')
  t.equal((await todoistOf(world, person)).status, 'disconnected')
  t.equal((await todoistOf(world, other)).status, 'disconnected')
})

t.test('a token endpoint that fails is a clean 502, and no secret is logged', async (t) => {
  const world = await buildWithTodoist(t, { env: { LOG_LEVEL: 'debug' } })
  const person = await signInPerson(world)
  for (const kind of ['500', 'html', 'broken-json', '401'] as const) {
    world.todoist.control.setFault({ endpoint: 'token', fault: { kind, times: 1 } })
    const answer = await connectTodoist(world, person)
    t.match(answer.json(), { status: 502, code: 'oauth_provider_failed' }, kind)
  }
  t.equal((await todoistOf(world, person)).status, 'disconnected')
  const log = JSON.stringify(world.log)
  t.match(log, 'connecting failed')
  t.notMatch(log, 'todoist-client-secret')
  t.notMatch(log, Buffer.from('todoist-test:todoist-client-secret').toString('base64'))
})

t.test('a sync under way is not started twice', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await connectedPerson(world)
  world.todoist.control.clearRequests()
  world.todoist.control.setFault({ endpoint: 'sync', fault: { kind: 'slow', ms: 400 } })
  const first = await startSync(world, person)
  const second = await startSync(world, person)
  t.equal(first.statusCode, 202)
  t.equal(second.statusCode, 202)
  t.equal(second.json().startedAt, first.json().startedAt)
  await until(async () => !(await isSyncing(world, person)))
  t.equal(callsTo(world, '/api/v1/sync').length, 1)
})

t.test('what cannot be synced says why', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await signInPerson(world)
  const { cookie } = person
  t.equal((await startSync(world, person)).statusCode, 404, 'not connected')
  const unknown = await world.app.inject({
    method: 'POST',
    url: '/api/integrations/nothing/sync',
    headers: { cookie },
  })
  t.equal(unknown.statusCode, 404)
})

t.test('disconnecting deletes the tasks and ends the access at Todoist', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await connectedPerson(world)
  const { app, todoist } = world
  t.equal(todoist.control.tokens().length, 1)
  const disconnect = (provider: string) =>
    app.inject({
      method: 'DELETE',
      url: `/api/integrations/${provider}`,
      headers: { cookie: person.cookie },
    })

  t.equal((await disconnect('nothing')).statusCode, 404)
  t.equal((await disconnect('todoist')).statusCode, 204)
  t.same(await tasksOf(world, person), [])
  t.match(await todoistOf(world, person), { status: 'disconnected', taskCount: 0 })
  await until(() => todoist.control.tokens().length === 0)
  await until(
    async () => (await app.db.selectFrom('revocations').selectAll().execute()).length === 0,
  )
  t.same(await eventsOf(world, 'signals.integration.disconnected'), [{ provider: 'todoist' }])
  t.equal((await disconnect('todoist')).statusCode, 204, 'again')
  t.equal((await eventsOf(world, 'signals.integration.disconnected')).length, 1)
  const consents = await app.db.selectFrom('consents').selectAll().orderBy('id').execute()
  t.match(consents.at(-1), { kind: 'todoist', action: 'withdrawn' })
})

t.test(
  'access is ended later when Todoist is down, and never stands there in the clear',
  async (t) => {
    const world = await buildWithTodoist(t)
    const person = await connectedPerson(world)
    const { app, todoist } = world
    todoist.control.setFault({ endpoint: 'revoke', fault: { kind: '500' } })
    const [token] = todoist.control.tokens()
    await app.inject({
      method: 'DELETE',
      url: '/api/integrations/todoist',
      headers: { cookie: person.cookie },
    })
    const queued = () => app.db.selectFrom('revocations').selectAll().execute()
    await until(async () => (await queued())[0]?.attempts === 1)
    t.notMatch(JSON.stringify(await queued()), token?.accessToken ?? 'none')
    t.equal(todoist.control.tokens().length, 1)
    todoist.control.setFault({ endpoint: 'revoke', fault: null })
    await until(async () => (await queued()).length === 0)
    t.equal(todoist.control.tokens().length, 0)
  },
)

t.test('connecting again replaces the connection, its tasks and its tokens', async (t) => {
  const world = await buildWithTodoist(t, {
    todoist: { accounts: [{ tasks: 3 }, { tasks: [{ content: 'Of the second account' }] }] },
  })
  const person = await connectedPerson(world)
  t.equal((await tasksOf(world, person)).length, 3)
  await connectTodoist(world, person)
  await until(async () => (await tasksOf(world, person)).length === 1)
  t.match(await tasksOf(world, person), [{ content: 'Of the second account' }])
  await until(() => world.todoist.control.tokens().length === 1)
})
