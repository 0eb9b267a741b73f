import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { insertIdempotencyKey } from '../../db/idempotency.ts'
import { insertRevocation } from '../../db/revocations.ts'
import { DAY, HOUR, hasPassed, MINUTE, SECOND } from '../../src/clock.ts'
import { createServiceClient } from '../../src/http/client.ts'
import { leaseFrom } from '../../src/integrations/lease.ts'
import { hashBody } from '../../src/tips/idempotency.ts'
import { build, fakeClock, signInAsAdmin, signInPerson, type TestApp } from '../helper.ts'
import {
  buildWithTodoist,
  callsTo,
  connectedPerson,
  isSyncing,
  startSync,
  todoistOf,
  until,
} from '../src/integrations/world.ts'
import { addTasks, recommend, startTips } from '../src/tips/world.ts'

const BACK = -25 * HOUR

t.test('what lies in the future was long ago', (t) => {
  t.equal(hasPassed(1_000, 500, 1_499), false)
  t.equal(hasPassed(1_000, 500, 1_500), true)
  t.equal(hasPassed(1_000, 500, 999), true, 'the clock was set back')
  t.end()
})

t.test('syncs go on after the clock was set back, whoever held a lease', async (t) => {
  const clock = fakeClock()
  const world = await buildWithTodoist(t, { clock })
  const person = await connectedPerson(world)
  const lastSync = async () => Date.parse((await todoistOf(world, person)).lastSyncedAt ?? '')

  clock.advance(BACK)
  world.app.integrations.startDueSyncs()
  await until(async () => (await lastSync()) === clock())

  // A process that died in the middle of a sync, before the clock was set back once more.
  await world.app.db
    .updateTable('integrations')
    .set({ sync_lease_until: leaseFrom(clock()).leaseUntil })
    .execute()
  clock.advance(BACK)
  const headers = { cookie: person.cookie }
  const url = '/api/integrations/todoist/sync'
  const answer = await world.app.inject({ method: 'POST', url, headers })
  t.equal(answer.statusCode, 202)
  await until(async () => (await lastSync()) === clock())
  t.match(await todoistOf(world, person), { status: 'connected' })
})

t.test('a sync that is under way when the clock is set ahead is not started twice', async (t) => {
  const clock = fakeClock()
  const world = await buildWithTodoist(t, { clock })
  const person = await connectedPerson(world)
  world.todoist.control.clearRequests()
  world.todoist.control.setFault({ endpoint: 'sync', fault: { kind: 'slow', ms: 400 } })
  await startSync(world, person)
  clock.advance(HOUR)
  world.app.integrations.startDueSyncs()
  await startSync(world, person)
  await until(async () => !(await isSyncing(world, person)))
  t.equal(callsTo(world, '/api/v1/sync').length, 1)
  t.match(await todoistOf(world, person), { status: 'connected', lastError: null })
})

t.test('a correction of some seconds makes nobody sync early', async (t) => {
  const clock = fakeClock()
  const world = await buildWithTodoist(t, { clock })
  const person = await connectedPerson(world)
  const before = (await todoistOf(world, person)).lastSyncedAt
  clock.advance(-10 * SECOND)
  world.app.integrations.startDueSyncs()
  await sleep(200)
  t.equal((await todoistOf(world, person)).lastSyncedAt, before)
})

const isSignedIn = async ({ app }: TestApp, cookie: string): Promise<boolean> => {
  const answer = await app.inject({ url: '/api/auth/session', headers: { cookie } })
  return 'user' in answer.json()
}

t.test(
  'a session outlives a clock that is set back, and its limits hold from then on',
  async (t) => {
    const clock = fakeClock()
    const world = await build(t, { SESSION_IDLE_MS: String(2 * HOUR) }, { clock })
    const { cookie } = await signInPerson(world)
    const admin = await signInAsAdmin(world)
    clock.advance(BACK)
    t.equal(await isSignedIn(world, cookie), true)
    t.equal(await isSignedIn(world, admin), true)

    clock.advance(2 * HOUR)
    t.equal(await isSignedIn(world, cookie), false, 'not used for two hours')
  },
)

t.test('a token session never has more than twelve hours to go', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const admin = await signInAsAdmin(world)
  clock.advance(BACK)
  t.equal(await isSignedIn(world, admin), true)
  clock.advance(12 * HOUR)
  t.equal(await isSignedIn(world, admin), false)
})

t.test('a key that a crash has left locked is free when the clock is set back', async (t) => {
  const world = await startTips(t)
  await addTasks(world, world.ada.userId, [{}])
  await insertIdempotencyKey(world.app.db, {
    user_id: world.ada.userId,
    key: 'k',
    body_hash: hashBody(undefined),
    tip_id: null,
    locked_until: world.clock() + 10 * SECOND,
    created_at: world.clock(),
  })
  world.clock.advance(BACK)
  t.equal((await recommend(world, { cookie: world.ada.cookie, key: 'k' })).statusCode, 200)
})

t.test('features that were computed in the future are computed anew', async (t) => {
  const world = await startTips(t)
  const { app, ada, clock } = world
  await addTasks(world, ada.userId, [{}])
  await app.features.forUser(ada.userId)
  await addTasks(world, ada.userId, [{ id: 'todoist:2' }])
  t.equal((await app.features.forUser(ada.userId)).open_tasks?.value, 1, 'still fresh')
  clock.advance(BACK)
  t.equal((await app.features.forUser(ada.userId)).open_tasks?.value, 2)
})

t.test('revocations that wait are tried after the clock was set back', async (t) => {
  const clock = fakeClock()
  const { app } = await build(t, {}, { clock })
  const told: string[] = []
  app.revocations.register('test', async (secret) => void told.push(secret))
  const id = randomUUID()
  await insertRevocation(app.db, {
    id,
    kind: 'test',
    secret: app.secretBox.seal('forget', `revocation:${id}`),
    created_at: clock(),
    next_attempt_at: clock() + 50 * MINUTE,
  })
  app.revocations.startDue('f'.repeat(32))
  await app.revocations.drain(SECOND)
  t.same(told, [], 'not yet')
  clock.advance(-DAY)
  await until(() => {
    app.revocations.startDue('f'.repeat(32))
    return told.length === 1
  })
})

t.test('a circuit breaker closes again although the calendar was set back', async (t) => {
  let status = 500
  const server = createServer((_request, response) => void response.writeHead(status).end('{}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = createServiceClient({
    ...{ name: 'test', baseUrl: `http://127.0.0.1:${port}` },
    ...{ breakAfter: 1, halfOpenAfterMs: 300 },
  })
  t.teardown(async () => {
    await client.close()
    server.close()
  })
  const answer = Type.Object({})
  const ask = client.operation({ name: 'ask', method: 'GET', timeoutMs: 5_000, answer })

  await t.rejects(ask({ path: '/' }), /status 500/)
  status = 200
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => now() + BACK
  await t.rejects(ask({ path: '/' }), /circuit_open/)
  await sleep(320)
  t.same(await ask({ path: '/' }), {})
})
