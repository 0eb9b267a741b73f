import t, { type Test } from 'tap'
import { liveOn } from '../../sandbox/todoist/life.ts'
import { startTodoist, type TodoistOptions } from '../../sandbox/todoist/start.ts'
import type { Item } from '../../sandbox/todoist/types.ts'
import { approveTodoist } from '../../sandbox/todoist/walk.ts'
import { createWorld } from '../../sandbox/todoist/world.ts'
import type { Json } from './json.ts'

type Form = Record<string, string>

const CALLBACK = 'http://localhost:1/callback?from=todoist'
const ACTIVE_TYPES = '["items","projects","user"]'

/** A Todoist and the app's side of it, in plain fetch. */
async function setUp(t: Test, options: Partial<TodoistOptions> = {}) {
  const todoist = await startTodoist({
    port: 0,
    clientId: 'oo',
    clientSecret: 'client-secret',
    redirectUri: CALLBACK,
    ...options,
  })
  t.teardown(() => todoist.close())

  const authorizationUrl = (changes: Record<string, string> = {}) => {
    const query = { client_id: 'oo', scope: 'data:read', state: 'the-state', ...changes }
    return `${todoist.url}/oauth/authorize?${new URLSearchParams(query)}`
  }
  const post = async (path: string, form: Form, headers: Form = {}, timeout = 5000) => {
    const body = new URLSearchParams(form)
    const signal = AbortSignal.timeout(timeout)
    const answer = await fetch(todoist.url + path, { method: 'POST', headers, body, signal })
    const text = await answer.text()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '')
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: isJson ? parse(text) : undefined,
    }
  }
  const token = (form: Form) =>
    post('/oauth/access_token', { client_id: 'oo', client_secret: 'client-secret', ...form })
  const connect = async (): Promise<Json> => {
    const callback = await approveTodoist({ authorizationUrl: authorizationUrl() })
    const code = new URL(callback).searchParams.get('code') ?? ''
    return (await token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK })).body
  }
  const sync = (accessToken: string, syncToken = '*', resources = ACTIVE_TYPES, timeout?: number) =>
    post(
      '/api/v1/sync',
      { sync_token: syncToken, resource_types: resources },
      { authorization: `Bearer ${accessToken}` },
      timeout,
    )
  return { todoist, control: todoist.control, authorizationUrl, post, token, connect, sync }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

t.test('a person connects and the app reads tasks, projects and the time zone', async (t) => {
  const { authorizationUrl, token, sync } = await setUp(t)
  const callback = new URL(await approveTodoist({ authorizationUrl: authorizationUrl() }))
  t.equal(callback.searchParams.get('from'), 'todoist', 'the query of the redirect URI survives')
  t.equal(callback.searchParams.get('state'), 'the-state')
  const code = callback.searchParams.get('code') ?? ''
  const granted = await token({ grant_type: 'authorization_code', code })
  t.strictSame(Object.keys(granted.body), ['access_token', 'token_type'])

  const { body } = await sync(granted.body.access_token)
  t.equal(body.full_sync, true)
  t.equal(body.items.length, 25)
  t.strictSame(
    body.projects.map(({ name }: Json) => name),
    ['Inbox', 'Work', 'Home', 'Errands'],
  )
  t.equal(body.user.tz_info.timezone, 'Europe/Berlin')
  const projectIds = new Set(body.projects.map(({ id }: Json) => id))
  t.ok(body.items.every((item: Item) => projectIds.has(item.project_id)))
  t.equal(new Set(body.items.map(({ id }: Item) => id)).size, 25, 'ids are unique')

  t.equal((await token({ code })).body.error, 'bad_authorization_code', 'a code is good once')
})

t.test('Cancel and what the app asks wrongly', async (t) => {
  const { authorizationUrl, control } = await setUp(t)
  const cancelled = await approveTodoist({ authorizationUrl: authorizationUrl(), approve: false })
  t.match(cancelled, /error=access_denied&state=the-state/)
  const wider = authorizationUrl({ scope: 'data:read_write' })
  t.match(await approveTodoist({ authorizationUrl: wider }), /error=invalid_scope/)
  for (const changes of [
    { client_id: 'other' },
    { redirect_uri: 'http://localhost:1/elsewhere' },
    { state: '' },
  ]) {
    const answer = await fetch(authorizationUrl(changes), { redirect: 'manual' })
    t.equal(answer.status, 400)
    t.match(await answer.text(), Object.keys(changes)[0])
  }
  t.strictSame(control.users(), [])
})

t.test('each authorisation is a person of its own, the same ones in every run', async (t) => {
  const first = await setUp(t, {
    accounts: [{ fullName: 'Ada', timezone: 'Asia/Kolkata', tasks: 3 }],
  })
  await first.connect()
  await first.connect()
  const [ada, other] = first.control.users()
  t.match(ada, { full_name: 'Ada', openTasks: 3 })
  t.match(ada?.tz_info, { timezone: 'Asia/Kolkata', gmt_string: '+05:30', hours: 5, minutes: 30 })
  t.equal(other?.openTasks, 25)

  const second = await setUp(t, {
    accounts: [{ fullName: 'Ada', timezone: 'Asia/Kolkata', tasks: 3 }],
  })
  await second.connect()
  await second.connect()
  const contents = (control: typeof first.control) => control.tasks().map(({ content }) => content)
  t.strictSame(contents(second.control), contents(first.control))
})

t.test('made-up tasks look like a real list', async (t) => {
  const now = Date.parse('2026-03-04T12:00:00Z')
  const { connect, control } = await setUp(t, { tasks: 36, clock: () => now })
  await connect()
  const tasks = control.tasks()
  const zone = control.users()[0]?.tz_info.timezone ?? ''
  const today = '2026-03-04'
  const dues = tasks.flatMap(({ due }) => (due ? [due] : []))
  t.ok(dues.some(({ date }) => date.slice(0, 10) < today))
  t.ok(dues.some(({ date }) => date === today))
  t.ok(dues.some(({ date }) => date > today))
  t.ok(dues.some((due) => due.is_recurring && due.string.startsWith('every')))
  t.ok(dues.some((due) => /T\d\d:\d\d:00$/.test(due.date) && due.timezone === null))
  t.ok(dues.some((due) => due.date.endsWith('Z') && due.timezone === zone))
  t.ok(tasks.some(({ due }) => due === null))
  t.ok(tasks.some(({ deadline }) => deadline !== null))
  t.ok(tasks.some(({ labels }) => labels.length > 0))
  t.strictSame([...new Set(tasks.map(({ priority }) => priority))].sort(), [1, 2, 3, 4])
})

t.test('an incremental sync tells what changed since, and only that', async (t) => {
  const { connect, sync, control } = await setUp(t)
  const { access_token } = await connect()
  const next = async (syncToken: string) => (await sync(access_token, syncToken)).body
  let state = await next('*')
  const [done, gone] = state.items as [Item, Item]

  state = await next(state.sync_token)
  t.match(state, { full_sync: false, items: [], projects: [] })
  t.notOk('user' in state)

  control.completeTask({ id: done.id })
  control.deleteTask({ id: gone.id })
  const added = control.addTask({ task: { content: 'New one', priority: 4 } })
  const before = state.sync_token
  state = await next(before)
  const byId = new Map(state.items.map((item: Item) => [item.id, item]))
  t.equal(byId.size, 3)
  t.match(byId.get(done.id), { checked: true, completed_at: /^20/ })
  t.match(byId.get(gone.id), { is_deleted: true })
  t.match(byId.get(added.id), { content: 'New one', checked: false })
  t.equal((await next(before)).items.length, 3, 'an old token can be used again')

  const full = await next('*')
  t.equal(full.items.length, 24, 'a full sync has open tasks only')
  control.reopenTask({ id: done.id })
  control.updateTask({ id: added.id, changes: { content: 'Renamed' } })
  state = await next(state.sync_token)
  t.match(state.items, [
    { id: done.id, checked: false, completed_at: null },
    { content: 'Renamed' },
  ])

  control.setTimezone({ timezone: 'Asia/Tokyo' })
  t.equal((await next(state.sync_token)).user.tz_info.timezone, 'Asia/Tokyo')
  t.strictSame(Object.keys((await sync(access_token, '*', '["items"]')).body), [
    'sync_token',
    'full_sync',
    'items',
  ])
})

t.test('a sync token that is not known, or of somebody else, is a 400', async (t) => {
  const { connect, sync, control } = await setUp(t)
  const ada = await connect()
  const { sync_token } = (await sync(ada.access_token)).body
  const grace = await connect()
  const expected = { error_tag: 'INVALID_ARGUMENT_VALUE', error_extra: { argument: 'sync_token' } }
  for (const [accessToken, syncToken] of [
    [grace.access_token, sync_token],
    [ada.access_token, 'made-up'],
  ]) {
    const answer = await sync(accessToken, syncToken)
    t.equal(answer.status, 400)
    t.match(answer.body, expected)
  }
  t.equal((await sync(ada.access_token, sync_token)).status, 200)
  control.forgetSyncTokens()
  t.equal((await sync(ada.access_token, sync_token)).status, 400)
  t.match((await sync(ada.access_token, '*', 'items')).body.error_extra, {
    argument: 'resource_types',
  })
})

t.test('refresh tokens rotate; a repeat within a minute answers without one', async (t) => {
  let now = Date.now()
  const { connect, token, sync, control } = await setUp(t, {
    tokenLifetimeSeconds: 3600,
    clock: () => now,
  })
  const first = await connect()
  t.match(first, { expires_in: 3600, refresh_token: String })
  const refresh = (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token })

  now += 3600_000
  t.equal((await sync(first.access_token)).status, 401, 'an access token expires')
  const second = (await refresh(first.refresh_token)).body
  t.not(second.refresh_token, first.refresh_token)
  t.equal((await sync(second.access_token)).status, 200)

  now += 59_000
  const repeat = (await refresh(first.refresh_token)).body
  t.notOk('refresh_token' in repeat)
  t.equal((await sync(repeat.access_token)).status, 200)
  now += 1_000
  const late = await refresh(first.refresh_token)
  t.equal(late.status, 400)
  t.equal(late.body.error, 'invalid_grant')

  control.expireTokens()
  t.strictSame(control.tokens(), [])
  const third = (await refresh(second.refresh_token)).body
  t.match(control.tokens(), [
    { accessToken: third.access_token, refreshToken: third.refresh_token },
  ])
})

t.test('wrong credentials and grants are refused in OAuth words', async (t) => {
  const { token } = await setUp(t)
  const error = async (form: Form) => (await token(form)).body.error
  t.equal(await error({ client_secret: 'wrong' }), 'incorrect_application_credentials')
  t.equal(await error({ grant_type: 'password' }), 'unsupported_grant_type')
  t.equal(await error({ grant_type: 'refresh_token', refresh_token: 'x' }), 'invalid_grant')
  t.equal(await error({ code: 'x', redirect_uri: 'http://localhost:1/' }), 'redirect_uri_mismatch')
})

t.test('revocation wants the app to identify itself and ends the whole grant', async (t) => {
  const { connect, post, sync, token } = await setUp(t, { tokenLifetimeSeconds: 3600 })
  const { access_token, refresh_token } = await connect()
  const form = { token: access_token, token_type_hint: 'access_token' }
  t.equal((await post('/api/v1/revoke', form)).status, 401)
  const wrong = { authorization: `Basic ${btoa('oo:wrong')}` }
  t.equal((await post('/api/v1/revoke', form, wrong)).status, 401)
  t.equal((await sync(access_token)).status, 200)

  const right = { authorization: `Basic ${btoa('oo:client-secret')}` }
  t.equal((await post('/api/v1/revoke', form, right)).status, 200)
  t.equal((await post('/api/v1/revoke', form, right)).status, 200, 'unknown tokens are no error')
  t.match((await sync(access_token)).body, { error_tag: 'AUTH_INVALID_TOKEN', http_code: 401 })
  t.equal((await token({ grant_type: 'refresh_token', refresh_token })).body.error, 'invalid_grant')
})

t.test('limits are per user and tell in the body when to come back', async (t) => {
  let now = Date.now()
  const limits = { full: 2, incremental: 1, windowSeconds: 900 }
  const { connect, sync } = await setUp(t, { limits, clock: () => now })
  const ada = await connect()
  const { sync_token } = (await sync(ada.access_token)).body
  await sync(ada.access_token)
  now += 300_500
  const limited = await sync(ada.access_token)
  t.equal(limited.status, 429)
  t.match(limited.body, { error_tag: 'LIMITS_REACHED', error_extra: { retry_after: 600 } })
  t.notOk(limited.headers.has('retry-after'))

  t.equal((await sync(ada.access_token, sync_token)).status, 200)
  t.equal((await sync(ada.access_token, sync_token)).status, 429)
  t.equal((await sync((await connect()).access_token)).status, 200)
  now += 600_000
  t.equal((await sync(ada.access_token)).status, 200)
})

t.test('every fault looks as it says, for as often as it says', async (t) => {
  const { connect, sync, control, token } = await setUp(t)
  const { access_token } = await connect()
  const syncWith = (fault: Parameters<typeof control.setFault>[0]['fault'], timeout?: number) => {
    control.setFault({ endpoint: 'sync', fault })
    return sync(access_token, '*', ACTIVE_TYPES, timeout)
  }
  t.match((await syncWith({ kind: '429', retryAfter: 7 })).body.error_extra, { retry_after: 7 })
  for (const kind of ['401', '403', '500'] as const) {
    t.equal((await syncWith({ kind })).status, Number(kind))
  }
  const broken = await syncWith({ kind: 'broken-json' })
  t.equal(broken.status, 200)
  t.equal(broken.body, undefined)
  t.match((await syncWith({ kind: 'html' })).text, '<h1>')
  await t.rejects(syncWith({ kind: 'hang' }, 300), { name: 'TimeoutError' })
  const started = Date.now()
  t.equal((await syncWith({ kind: 'slow', ms: 200 })).status, 200)
  t.ok(Date.now() - started >= 195)

  t.equal((await syncWith({ kind: '500', times: 2 })).status, 500)
  t.equal((await sync(access_token)).status, 500)
  t.equal((await sync(access_token)).status, 200)
  control.setFault({ endpoint: 'token', fault: { kind: '500' } })
  t.equal((await token({ code: 'x' })).status, 500)
  t.equal((await syncWith(null)).status, 200)
})

t.test('another process moves the world over HTTP', async (t) => {
  const { todoist, connect, sync } = await setUp(t)
  const control = async (verb: string, input?: unknown) => {
    const answer = await fetch(`${todoist.url}/_control/${verb}`, {
      method: 'POST',
      ...(input !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(input),
      }),
    })
    return { status: answer.status, body: (await answer.json()) as Json }
  }
  const { access_token } = await connect()
  const { id } = (await control('addTask', { task: { content: 'From outside' } })).body
  t.equal((await control('completeTask', { id })).body.checked, true)
  t.equal((await control('setFault', { endpoint: 'sync', fault: { kind: '403' } })).body, null)
  t.equal((await sync(access_token)).status, 403)
  t.match((await control('requests')).body.at(-1), {
    method: 'POST',
    path: '/api/v1/sync',
    headers: { authorization: `Bearer ${access_token}` },
    form: { sync_token: '*', resource_types: ACTIVE_TYPES },
  })
  await control('clearRequests')
  t.strictSame((await control('requests')).body, [], 'control itself is not recorded')
  t.equal((await control('revokeTokens')).status, 200)
  t.strictSame((await control('tokens')).body, [])

  t.match(await control('constructor'), { status: 404, body: { error: /verbs: setFault/ } })
  t.match(await control('completeTask', { id: 'x' }), { status: 400, body: { error: 'no task x' } })
  const unknown = { endpoint: 'nowhere', fault: null }
  t.match(await control('setFault', unknown), { status: 400, body: { error: /authorize, token/ } })
  const oddFault = { endpoint: 'sync', fault: { kind: 'odd' } }
  t.match(await control('setFault', oddFault), { status: 400, body: { error: /429, 401/ } })
})

t.test('a full sync of five thousand tasks is no trouble', async (t) => {
  const { connect, sync } = await setUp(t, { tasks: 5000 })
  const { body } = await sync((await connect()).access_token)
  t.equal(body.items.length, 5000)
  t.equal(new Set(body.items.map(({ id }: Item) => id)).size, 5000)
})

t.test('life goes on: tasks come, get done and recur, in bounds', async (t) => {
  let now = Date.parse('2026-03-01T12:00:00Z')
  const account = createWorld({ clock: () => now }).addAccount()
  const moments = Array.from({ length: 400 }, () => {
    now += 3600_000
    return liveOn(account, now)
  })
  t.ok(moments.some((item) => item.checked))
  t.ok(moments.some((item) => item.added_at === item.updated_at && !item.checked))
  const moved = moments.filter(({ due, checked }) => due?.is_recurring && !checked)
  t.ok(moved.some((item) => item.added_at !== item.updated_at))
  const open = [...account.items.values()].filter(({ checked }) => !checked).length
  t.ok(open >= 14 && open <= 40, `${open} open tasks`)

  const { connect, sync } = await setUp(t, { life: 0.05 })
  const { access_token } = await connect()
  const { sync_token } = (await sync(access_token)).body
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.ok((await sync(access_token, sync_token)).body.items.length > 0)
})
