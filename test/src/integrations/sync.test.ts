import t from 'tap'
import { signInPerson } from '../../helper.ts'
import {
  buildWithTodoist,
  callsTo,
  connectedPerson,
  connectTodoist,
  eventsOf,
  isSyncing,
  sharedEnv,
  startSync,
  syncNow,
  tasksOf,
  todoistOf,
  until,
} from './world.ts'

t.test(
  'a sync brings over what was added, changed, finished, taken up again and deleted',
  async (t) => {
    const world = await buildWithTodoist(t, {
      todoist: {
        accounts: [
          {
            timezone: 'Europe/Berlin',
            tasks: [
              { id: 'a', content: 'Stays' },
              { id: 'b', content: 'Changes' },
              { id: 'c', content: 'Is finished' },
              { id: 'd', content: 'Is deleted' },
            ],
          },
        ],
      },
    })
    const person = await connectedPerson(world)
    const { control } = world.todoist
    control.addTask({ task: { id: 'e', content: 'New', priority: 4, labels: ['home'] } })
    const due = { date: '2026-11-30', timezone: null, string: '', lang: 'en', is_recurring: true }
    control.updateTask({ id: 'b', changes: { content: 'Changed', due } })
    control.completeTask({ id: 'c' })
    control.deleteTask({ id: 'd' })
    control.setTimezone({ timezone: 'Asia/Tokyo' })
    t.match(await syncNow(world, person), { status: 'connected', taskCount: 3 })

    t.match(await tasksOf(world, person), [
      { id: 'todoist:a', content: 'Stays', status: 'open' },
      { id: 'todoist:b', content: 'Changed', due: '2026-11-30', is_recurring: 1 },
      { id: 'todoist:c', status: 'completed', completed_at: Number },
      { id: 'todoist:e', priority: 4, labels: '["home"]', project: 'Inbox' },
    ])
    t.same((await eventsOf(world, 'signals.task.synced')).at(-1), {
      ...{ provider: 'todoist', full: false },
      ...{ added: 1, updated: 2, removed: 1, open: 3 },
    })
    const { time_zone } = await world.app.db
      .selectFrom('integrations')
      .select('time_zone')
      .executeTakeFirstOrThrow()
    t.equal(time_zone, 'Asia/Tokyo')

    control.reopenTask({ id: 'c' })
    await syncNow(world, person)
    t.match((await tasksOf(world, person))[2], { status: 'open', completed_at: null })
  },
)

t.test(
  'an unknown sync token starts over, and what is not open there any more goes here',
  async (t) => {
    const world = await buildWithTodoist(t, { todoist: { tasks: 4 } })
    const person = await connectedPerson(world)
    const { control } = world.todoist
    const [first, second] = control.tasks()
    control.deleteTask({ id: first?.id ?? '' })
    control.completeTask({ id: second?.id ?? '' })
    control.forgetSyncTokens()
    t.match(await syncNow(world, person), { status: 'connected', lastError: null, taskCount: 2 })
    t.equal((await tasksOf(world, person)).length, 2)
    t.same((await eventsOf(world, 'signals.task.synced')).at(-1), {
      ...{ provider: 'todoist', full: true },
      ...{ added: 0, updated: 2, removed: 2, open: 2 },
    })
  },
)

t.test('failures have stable words, keep the tasks, and pass', async (t) => {
  const world = await buildWithTodoist(t, { todoist: { tasks: 2 } })
  const person = await connectedPerson(world)
  const { control } = world.todoist
  control.addTask({ task: { content: 'Not lost' } })
  for (const [kind, lastError] of [
    ['500', 'provider_unavailable'],
    ['html', 'bad_answer'],
    ['broken-json', 'bad_answer'],
  ] as const) {
    control.setFault({ endpoint: 'sync', fault: { kind } })
    const row = await syncNow(world, person)
    t.match(row, { status: 'failing', lastError, taskCount: 2 }, kind)
    t.ok(row.nextSyncAt, 'it is tried again')
  }
  t.same(
    await eventsOf(world, 'signals.integration.failed'),
    [{ provider: 'todoist', error: 'provider_unavailable' }],
    'told once, not at every try',
  )
  control.setFault({ endpoint: 'sync', fault: null })
  t.match(await syncNow(world, person), { status: 'connected', lastError: null, taskCount: 3 })
})

t.test('a user who must wait waits, and stays connected', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await connectedPerson(world)
  const { control } = world.todoist
  control.setFault({ endpoint: 'sync', fault: { kind: '429', retryAfter: 300 } })
  const row = await syncNow(world, person)
  t.match(row, { status: 'connected', lastError: 'rate_limited' })
  const waitMs = Date.parse(row.nextSyncAt ?? '') - Date.now()
  t.ok(waitMs > 280_000 && waitMs <= 300_000, `${waitMs} ms`)

  control.clearRequests()
  const answer = await startSync(world, person)
  t.match(answer.json(), { status: 429, code: 'rate_limited' })
  t.ok(Number(answer.headers['retry-after']) > 280)
  t.same(callsTo(world, '/api/v1/sync'), [], 'Todoist is left alone')
})

t.test('withdrawn access stops the syncing until the person connects again', async (t) => {
  const world = await buildWithTodoist(t)
  for (const kind of ['401', '403'] as const) {
    const person = await connectedPerson(world)
    world.todoist.control.setFault({ endpoint: 'sync', fault: { kind } })
    const row = await syncNow(world, person)
    t.match(row, { status: 'reauthorize', lastError: 'unauthorized', nextSyncAt: null }, kind)
    const refused = await startSync(world, person)
    t.match(refused.json(), { status: 409, code: 'integration_reauthorize' })

    world.todoist.control.setFault({ endpoint: 'sync', fault: null })
    await connectTodoist(world, person)
    await until(async () => (await todoistOf(world, person)).lastSyncedAt !== null)
    t.match(await todoistOf(world, person), { status: 'connected', lastError: null })
  }
  t.match(await eventsOf(world, 'signals.integration.failed'), [
    { error: 'unauthorized' },
    { error: 'unauthorized' },
  ])
})

t.test('disconnecting during a sync leaves nothing behind', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await connectedPerson(world)
  const { app, todoist } = world
  todoist.control.forgetSyncTokens()
  todoist.control.setFault({ endpoint: 'sync', fault: { kind: 'slow', ms: 300 } })
  await startSync(world, person)
  await app.inject({
    method: 'DELETE',
    url: '/api/integrations/todoist',
    headers: { cookie: person.cookie },
  })
  // The sync has had its answer when a second person's, started later and as slow, has ended.
  await connectedPerson(world)
  t.same(await tasksOf(world, person), [])
  t.equal((await todoistOf(world, person)).status, 'disconnected')
})

t.test('two servers on one database never sync a user at once', async (t) => {
  const world = await buildWithTodoist(t)
  const twin = await buildWithTodoist(t, {
    env: sharedEnv(world),
  })
  const person = await connectedPerson(world)
  world.todoist.control.clearRequests()
  world.todoist.control.setFault({ endpoint: 'sync', fault: { kind: 'slow', ms: 300 } })
  const answers = await Promise.all([startSync(world, person), startSync(twin, person)])
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [202, 202],
  )
  await until(async () => !(await isSyncing(world, person)))
  t.equal(callsTo(world, '/api/v1/sync').length, 1)
})

t.test('a closing server waits for a while, breaks off, and gives the lease back', async (t) => {
  const world = await buildWithTodoist(t)
  const person = await connectedPerson(world)
  world.todoist.control.setFault({ endpoint: 'sync', fault: { kind: 'hang' } })
  await startSync(world, person)
  const begun = Date.now()
  await world.app.close()
  t.ok(Date.now() - begun < 15_000, 'not as long as the call would take')

  world.todoist.control.setFault({ endpoint: 'sync', fault: null })
  const next = await buildWithTodoist(t, {
    env: sharedEnv(world),
  })
  t.match(await todoistOf(next, person), { status: 'connected', lastError: null })
  t.equal(await isSyncing(next, person), false)
  t.match(await syncNow(next, person), { status: 'connected' })
})

t.test('5,000 tasks come over whole', async (t) => {
  const world = await buildWithTodoist(t, { todoist: { tasks: 5_000 } })
  const person = await signInPerson(world)
  await connectTodoist(world, person)
  await until(async () => (await todoistOf(world, person)).lastSyncedAt !== null, 40_000)
  t.match(await todoistOf(world, person), { status: 'connected', taskCount: 5_000 })
  const [event] = await eventsOf(world, 'signals.task.synced')
  t.match(event, { added: 5_000, open: 5_000 })
})
