import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { insertIntegration } from '../../../db/integrations.ts'
import type { IntegrationDeps } from '../../../src/integrations/deps.ts'
import type { Provider } from '../../../src/integrations/provider.ts'
import { createSyncer } from '../../../src/integrations/syncer.ts'
import { sealTokens } from '../../../src/integrations/token-vault.ts'
import { build, fakeClock, signInPerson, type TestApp } from '../../helper.ts'
import { buildWithTodoist, callsTo, connectedPerson, isSyncing, todoistOf, until } from './world.ts'

type FetchChanges = Provider['fetchChanges']

/** A provider that only syncs, in the words of the test. */
const providerOf = (fetchChanges: FetchChanges) =>
  new Map([['todoist', { fetchChanges, close: async () => {} } as Provider]])

function setUp(
  t: Test,
  { app }: TestApp,
  fetchChanges: FetchChanges,
  others: Partial<IntegrationDeps> = {},
) {
  const { db, transact, clock, secretBox, revocations, log } = app
  const deps: IntegrationDeps = {
    ...{ db, transact, clock, secretBox, revocations, log },
    providers: providerOf(fetchChanges),
    syncIntervalMs: 900_000,
    ...others,
  }
  const syncer = createSyncer(deps)
  t.teardown(() => syncer.close())
  return syncer
}

async function addConnected(world: TestApp, dueAt: number): Promise<string> {
  const { userId } = await signInPerson(world)
  const owner = { user_id: userId, provider: 'todoist' }
  const tokens = { accessToken: userId, refreshToken: null, expiresAt: null }
  await insertIntegration(world.app.db, {
    ...{ id: userId, ...owner, status: 'connected', connected_at: 0, next_sync_at: dueAt },
    ...sealTokens(world.app.secretBox, owner, tokens),
  })
  return userId
}

const nothingNew = { cursor: 'c', full: false, timeZone: null, tasks: [] }

t.test('due users are synced in order, eight at a time, each once', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const order: string[] = []
  let running = 0
  let most = 0
  const eight = Promise.withResolvers<void>()
  const syncer = setUp(t, world, async (accessToken) => {
    order.push(accessToken)
    running += 1
    most = Math.max(most, running)
    if (running === 8) eight.resolve()
    await eight.promise
    await sleep(20)
    running -= 1
    return nothingNew
  })
  const expected: string[] = []
  for (let n = 0; n < 20; n++) expected.push(await addConnected(world, clock() - 1_000 + n))
  await addConnected(world, clock() + 1)

  syncer.startDue()
  syncer.startDue()
  await until(() => order.length === 20 && running === 0)
  t.same(order, expected)
  t.equal(most, 8)
  await sleep(50)
  syncer.startDue()
  await sleep(50)
  t.equal(order.length, 20, 'nobody is due a second time')
})

t.test('a slow user holds up nobody else', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const synced: string[] = []
  let slow = ''
  const release = Promise.withResolvers<void>()
  const syncer = setUp(t, world, async (accessToken) => {
    if (accessToken === slow) await release.promise
    synced.push(accessToken)
    return nothingNew
  })
  slow = await addConnected(world, 0)
  syncer.startDue()
  const later = await addConnected(world, 0)
  await until(async () => {
    syncer.startDue()
    return synced.includes(later)
  })
  t.same(synced, [later])
  release.resolve()
})

t.test('with eight slow calls under way, who asks for a sync gets it at once', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const called: string[] = []
  const release = Promise.withResolvers<void>()
  const syncer = setUp(t, world, async (accessToken) => {
    called.push(accessToken)
    await release.promise
    return nothingNew
  })
  for (let n = 0; n < 10; n++) await addConnected(world, clock() - 1_000 + n)
  syncer.startDue()
  await until(() => called.length === 8)
  const asking = await addConnected(world, clock() + 900_000)
  await syncer.start(asking, 'todoist', 'f'.repeat(32))
  await until(() => called.includes(asking))
  t.equal(called.length, 9, 'those that are due wait for their turn')
  release.resolve()
  await until(() => called.length === 11)
})

t.test('a sync that is asked for at the very moment another ends is carried out', async (t) => {
  const world = await build(t)
  let syncs = 0
  let written = 0
  const { transact } = world.app
  const syncer = setUp(
    t,
    world,
    async () => {
      syncs += 1
      return nothingNew
    },
    {
      async transact(traceId, work) {
        const result = await transact(traceId, work)
        written += 1
        // The first one has committed its end, and is not over.
        if (written === 1) await syncer.start(userId, 'todoist', 'f'.repeat(32))
        return result
      },
    },
  )
  const userId = await addConnected(world, 0)
  syncer.startDue()
  await until(async () => syncs > 0 && !(await isSyncing(world, { userId, cookie: '' })))
  t.equal(syncs, 2)
})

t.test('a lease that a dead process left runs out', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const synced: string[] = []
  const syncer = setUp(t, world, async (accessToken) => {
    synced.push(accessToken)
    return nothingNew
  })
  const userId = await addConnected(world, 0)
  const startedAt = clock()
  await world.app.db
    .updateTable('integrations')
    .set({ sync_lease_until: startedAt + 120_000 })
    .execute()
  clock.advance(60_000)
  syncer.startDue()
  t.same(await syncer.start(userId, 'todoist', 'f'.repeat(32)), { startedAt })
  t.same(synced, [])
  clock.advance(60_000)
  syncer.startDue()
  await until(() => synced.length === 1)
})

t.test(
  'the database failing in a sync leaves the cursor and the lease, and the server alive',
  async (t) => {
    const clock = fakeClock()
    const world = await build(t, { LOG_LEVEL: 'error' }, { clock })
    const syncer = setUp(t, world, async () => {
      throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' })
    })
    const userId = await addConnected(world, 0)
    syncer.startDue()
    await until(() => world.log.some(({ msg }) => msg === 'sync broke off'))
    t.equal(await isSyncing(world, { userId, cookie: '' }), true)
    t.match(await world.app.db.selectFrom('integrations').selectAll().executeTakeFirst(), {
      status: 'connected',
      sync_cursor: null,
    })
  },
)

t.test('the server syncs by itself after the start delay, in step with the interval', async (t) => {
  const world = await buildWithTodoist(t, {
    env: { SYNC_START_DELAY_MS: '0', TODOIST_SYNC_INTERVAL_MS: '200' },
  })
  const person = await connectedPerson(world)
  world.todoist.control.clearRequests()
  world.todoist.control.addTask({ task: { content: 'Came by itself' } })
  await until(() => callsTo(world, '/api/v1/sync').length >= 4)
  const times = callsTo(world, '/api/v1/sync').map(({ at }) => Date.parse(at))
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0))
  t.ok(
    gaps.every((gap) => gap >= 150),
    `${gaps}`,
  )
  t.equal((await todoistOf(world, person)).taskCount, 26)
})
