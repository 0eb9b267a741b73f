import t from 'tap'
import { claimIntegration, type Integration, insertIntegration } from '../../../db/integrations.ts'
import { LeaseLost } from '../../../src/integrations/lease.ts'
import type { ProviderTask } from '../../../src/integrations/provider.ts'
import { storeChanges } from '../../../src/integrations/store-changes.ts'
import { build, signInPerson, type TestApp } from '../../helper.ts'

const run = { traceId: 'f'.repeat(32), signal: new AbortController().signal }

const task = (externalId: string): ProviderTask => ({
  ...{ externalId, state: 'open', content: externalId, description: null, project: null },
  ...{ labels: [], priority: 1, due: null, dueTimeZone: null, isRecurring: false },
  ...{ url: `https://example.com/${externalId}`, addedAt: null, updatedAt: null },
  completedAt: null,
})

async function claimed(world: TestApp): Promise<Integration> {
  const { app } = world
  const { userId } = await signInPerson(world)
  const now = app.clock()
  await insertIntegration(app.db, {
    ...{ id: userId, user_id: userId, provider: 'todoist', status: 'connected' },
    ...{ access_token: 'sealed', connected_at: now, sync_cursor: 'old' },
  })
  const row = await claimIntegration(app.db, userId, { now, leaseUntil: now + 60_000 })
  if (!row) throw new Error('the lease is not free')
  return row
}

const countTasks = async ({ app }: TestApp) =>
  (await app.db.selectFrom('tasks').select('id').execute()).length

const cursorOf = async ({ app }: TestApp) =>
  (await app.db.selectFrom('integrations').select('sync_cursor').executeTakeFirst())?.sync_cursor

t.test('5,000 tasks are read and written a slice of 200 at a time', async (t) => {
  const world = await build(t)
  const row = await claimed(world)
  let read = 0
  function* tasks() {
    for (; read < 5_000; read++) yield task(String(read))
  }
  const ahead: number[] = []
  const transact: typeof world.app.transact = async (traceId, work) => {
    ahead.push(read - (await countTasks(world)))
    return world.app.transact(traceId, work)
  }
  const deps = { transact, clock: world.app.clock, syncIntervalMs: 900_000 }
  const changes = { cursor: 'new', full: true, timeZone: null, tasks: tasks() }
  await storeChanges(deps, row, changes, 7, run)
  t.equal(await countTasks(world), 5_000)
  t.ok(Math.max(...ahead) <= 400, `at most ${Math.max(...ahead)} tasks wait to be written`)
  t.equal(ahead.length, 25, '25 slices; with the last one the look for unseen tasks, and the end')
  t.equal(await cursorOf(world), 'new')
})

t.test('a slice that fails keeps the old cursor, so the next sync gets all again', async (t) => {
  const world = await build(t)
  const row = await claimed(world)
  const { clock, transact } = world.app
  let transactions = 0
  const failing: typeof transact = (traceId, work) => {
    transactions += 1
    if (transactions === 3) return Promise.reject(new Error('disk full'))
    return transact(traceId, work)
  }
  const tasks = Array.from({ length: 1_000 }, (_, n) => task(String(n)))
  const changes = { cursor: 'new', full: false, timeZone: null, tasks }
  const deps = { clock, syncIntervalMs: 900_000 }
  await t.rejects(storeChanges({ ...deps, transact: failing }, row, changes, 7, run), /disk full/)
  t.equal(await countTasks(world), 400)
  t.equal(await cursorOf(world), 'old')

  await storeChanges({ ...deps, transact }, row, changes, 8, run)
  t.equal(await countTasks(world), 1_000)
  t.equal(await cursorOf(world), 'new')
})

t.test('a sync whose integration is gone writes nothing more', async (t) => {
  const world = await build(t)
  const row = await claimed(world)
  const { app } = world
  async function disconnect() {
    await app.db.deleteFrom('tasks').execute()
    await app.db.deleteFrom('integrations').execute()
  }
  let transactions = 0
  const transact: typeof app.transact = async (traceId, work) => {
    transactions += 1
    if (transactions === 2) await disconnect()
    return app.transact(traceId, work)
  }
  const tasks = Array.from({ length: 1_000 }, (_, n) => task(String(n)))
  const changes = { cursor: 'new', full: false, timeZone: null, tasks }
  const deps = { transact, clock: app.clock, syncIntervalMs: 900_000 }
  await t.rejects(storeChanges(deps, row, changes, 7, run), new LeaseLost())
  t.equal(await countTasks(world), 0)
})

t.test('a task that is told twice counts as it was told last', async (t) => {
  const world = await build(t)
  const row = await claimed(world)
  const { clock, transact } = world.app
  const tasks = [task('a'), { ...task('a'), content: 'The later word' }]
  const changes = { cursor: 'new', full: true, timeZone: null, tasks }
  await storeChanges({ transact, clock, syncIntervalMs: 900_000 }, row, changes, 7, run)
  const stored = await world.app.db.selectFrom('tasks').select('content').execute()
  t.same(stored, [{ content: 'The later word' }])
})
