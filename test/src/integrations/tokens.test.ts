import t from 'tap'
import { fakeClock } from '../../helper.ts'
import {
  buildWithTodoist,
  callsTo,
  connectedPerson,
  sharedEnv,
  startSync,
  syncNow,
  tasksOf,
  until,
} from './world.ts'

const HOUR_S = 3600

t.test('a token that is about to end is renewed first, and the new one is used', async (t) => {
  const clock = fakeClock()
  const todoist = { tokenLifetimeSeconds: HOUR_S, clock }
  const world = await buildWithTodoist(t, { clock, todoist })
  const person = await connectedPerson(world)
  const [before] = world.todoist.control.tokens()
  world.todoist.control.clearRequests()

  clock.advance((HOUR_S - 30) * 1_000)
  t.match(await syncNow(world, person), { status: 'connected', lastError: null })
  t.equal(callsTo(world, '/oauth/access_token').length, 1)
  const [, after] = world.todoist.control.tokens()
  const [call] = callsTo(world, '/api/v1/sync')
  t.equal(call?.headers.authorization, `Bearer ${after?.accessToken}`)
  t.not(after?.refreshToken, before?.refreshToken, 'the refresh token has rotated')

  clock.advance(HOUR_S * 1_000)
  t.match(await syncNow(world, person), { status: 'connected' }, 'the rotated one was kept')
})

t.test('a token that died early is renewed once it is refused', async (t) => {
  const world = await buildWithTodoist(t, { todoist: { tokenLifetimeSeconds: HOUR_S } })
  const person = await connectedPerson(world)
  world.todoist.control.expireTokens()
  world.todoist.control.clearRequests()
  t.match(await syncNow(world, person), { status: 'connected', lastError: null })
  t.equal(callsTo(world, '/oauth/access_token').length, 1)
  t.equal(callsTo(world, '/api/v1/sync').length, 2)
})

t.test('a refresh token is kept when the answer has none', async (t) => {
  const clock = fakeClock()
  const todoist = { tokenLifetimeSeconds: HOUR_S, clock }
  const world = await buildWithTodoist(t, { clock, todoist })
  const person = await connectedPerson(world)
  const [live] = world.todoist.control.tokens()
  // Somebody else renewed it a moment ago: the repeat is answered without a refresh token.
  const form = new URLSearchParams({
    ...{ client_id: 'todoist-test', client_secret: 'todoist-client-secret' },
    ...{ grant_type: 'refresh_token', refresh_token: live?.refreshToken ?? '' },
  })
  await fetch(`${world.todoist.url}/oauth/access_token`, { method: 'POST', body: form })
  world.todoist.control.expireTokens()
  t.match(await syncNow(world, person), { status: 'connected' })
  const row = await world.app.db.selectFrom('integrations').selectAll().executeTakeFirstOrThrow()
  const boundTo = `${person.userId}:todoist`
  t.equal(world.app.secretBox.open(row.refresh_token ?? '', boundTo), live?.refreshToken)
})

t.test(
  'when access was withdrawn the renewal is refused: the person must connect again',
  async (t) => {
    const world = await buildWithTodoist(t, { todoist: { tokenLifetimeSeconds: HOUR_S } })
    const person = await connectedPerson(world)
    world.todoist.control.revokeTokens()
    t.match(await syncNow(world, person), { status: 'reauthorize', lastError: 'unauthorized' })
  },
)

t.test('a token endpoint that is down costs nobody the connection', async (t) => {
  const world = await buildWithTodoist(t, { todoist: { tokenLifetimeSeconds: HOUR_S } })
  const person = await connectedPerson(world)
  world.todoist.control.expireTokens()
  for (const kind of ['500', '401', 'html'] as const) {
    world.todoist.control.setFault({ endpoint: 'token', fault: { kind, times: 1 } })
    t.match(await syncNow(world, person), { status: 'failing' }, kind)
  }
  t.match(await syncNow(world, person), { status: 'connected', lastError: null })
})

t.test('a token that is renewed too late to be used is revoked', async (t) => {
  const world = await buildWithTodoist(t, { todoist: { tokenLifetimeSeconds: HOUR_S } })
  const person = await connectedPerson(world)
  const { control } = world.todoist
  control.expireTokens()
  control.setFault({ endpoint: 'revoke', fault: { kind: '500', times: 1 } })
  control.setFault({ endpoint: 'token', fault: { kind: 'slow', ms: 300 } })
  await startSync(world, person)
  await until(() => callsTo(world, '/oauth/access_token').length === 2)
  await world.app.inject({
    method: 'DELETE',
    url: '/api/integrations/todoist',
    headers: { cookie: person.cookie },
  })
  await until(() => control.tokens().length === 1)
  await until(() => control.tokens().length === 0)
  t.same(await tasksOf(world, person), [])
})

t.test('tokens are sealed anew with the current key when a sync uses them', async (t) => {
  const oldKey = 'o'.repeat(40)
  const world = await buildWithTodoist(t, { env: { ENCRYPTION_KEYS: oldKey } })
  const person = await connectedPerson(world)
  const ENCRYPTION_KEYS = `${'n'.repeat(40)},${oldKey}`
  const rotated = await buildWithTodoist(t, { env: { ...sharedEnv(world), ENCRYPTION_KEYS } })
  const sealed = async () => {
    const row = await world.app.db.selectFrom('integrations').selectAll().executeTakeFirstOrThrow()
    return row.access_token
  }
  t.equal(rotated.app.secretBox.isCurrent(await sealed()), false)
  t.match(await syncNow(rotated, person), { status: 'connected' })
  t.equal(rotated.app.secretBox.isCurrent(await sealed()), true)
})

t.test('tokens whose key is lost ask the person to connect again', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await connectedPerson(world)
  await world.app.db.updateTable('integrations').set({ access_token: 'gone.AAAA' }).execute()
  t.match(await syncNow(world, person), { status: 'reauthorize' })
  const answer = await world.app.inject({
    method: 'DELETE',
    url: '/api/integrations/todoist',
    headers: { cookie: person.cookie },
  })
  t.equal(answer.statusCode, 204, 'and disconnecting works all the same')
})
