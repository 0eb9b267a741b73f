import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { ACCOUNT_TABLES } from '../../db/account.ts'
import { type AccountWorld, startAccountWorld } from '../account-world.ts'
import {
  build,
  cookiesOf,
  fakeClock,
  signInAsAdmin,
  signInPerson,
  type TestApp,
} from '../helper.ts'

const deleteUser = ({ app }: TestApp, cookie: string) =>
  app.inject({ method: 'DELETE', url: '/api/user', headers: { cookie } })

/** Everything in every table as text, and the bytes of the database's files. */
async function everything({ app, config }: TestApp): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { name } of await app.db.introspection.getTables()) {
    const { rows } = await sql`select * from ${sql.table(name)}`.execute(app.db)
    found.set(`table ${name}`, JSON.stringify(rows))
  }
  for (const suffix of ['', '-wal']) {
    const path = config.DATABASE_PATH + suffix
    if (existsSync(path)) found.set(`file${suffix}`, readFileSync(path, 'latin1'))
  }
  return found
}

async function expectNoTrace(t: Test, world: TestApp, traces: string[]): Promise<void> {
  for (const [place, content] of await everything(world)) {
    for (const trace of traces) t.notOk(content.includes(trace), `${trace} in ${place}`)
  }
}

t.test('every table with a user_id is covered', async (t) => {
  const { app } = await build(t)
  const tables = (await app.db.introspection.getTables())
    .filter(({ columns }) => columns.some(({ name }) => name === 'user_id'))
    .map(({ name }) => name)
  t.same(tables.sort(), [...ACCOUNT_TABLES, 'events'].sort())
})

t.test('nothing that identifies the person stays, in no table and in no byte', async (t) => {
  const around = await startAccountWorld(t, { tasks: 800, tips: 60 })
  const { world, person, traces, todoist, ml } = around
  const witness = await signInPerson(world, { subject: 'witness-1' })
  const before = await everything(world)
  for (const trace of traces.filter((trace) => !isSealed(around, trace))) {
    t.ok(
      [...before.values()].some((content) => content.includes(trace)),
      `${trace} was there`,
    )
  }

  const answer = await deleteUser(world, person.cookie)
  t.equal(answer.statusCode, 200)
  const { receipt } = answer.json()
  t.match(receipt, {
    deletedAt: /^\d{4}-\d\d-\d\dT/,
    rows: {
      users: 1,
      sessions: 1,
      consents: 3,
      integrations: 1,
      tasks: 800,
      tip_scores: 60,
      tip_feedback: 60,
      shadow_scores: 60,
      profile_features: 1,
      idempotency_keys: 1,
      oauth_transactions: 1,
      push_subscriptions: 1,
      audit_subjects: 1,
    },
    upstream: [{ provider: 'todoist', revoked: 'revoked' }],
    mlServing: 'told',
  })
  t.same(todoist.control.tokens(), [], 'Todoist’s access has ended')
  const [forgotten, ...more] = ml.control.requests('delete')
  t.match(forgotten, { method: 'DELETE', url: `/users/${person.userId}` })
  t.same(more, [])

  await expectNoTrace(t, world, traces)
  t.equal(cookiesOf(answer.headers).sid, 'sid=')
  const headers = { cookie: person.cookie }
  t.same((await world.app.inject({ url: '/api/auth/session', headers })).json(), {})
  t.equal((await deleteUser(world, person.cookie)).statusCode, 401, 'it is gone already')

  const others = await world.app.inject({
    url: '/api/user/profile',
    headers: { cookie: witness.cookie },
  })
  t.equal(others.statusCode, 200, 'others are as they were')
})

/** Stood in the database only encrypted. */
const isSealed = ({ todoist, device }: AccountWorld, trace: string): boolean =>
  [device.endpoint, device.keys.auth].includes(trace) ||
  todoist.control.tokens().some(({ accessToken }) => accessToken === trace)

t.test('history stays, under a name that leads nowhere', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 3, tips: 2 })
  const history = () => world.app.db.selectFrom('events').selectAll().orderBy('seq').execute()
  const admin = 'b'.repeat(8)
  await world.app.transact('c'.repeat(32), (_trx, emit) =>
    emit('signals.admin.action', admin, { action: 'reset-bandit', target: person.userId }),
  )
  const before = await history()
  await deleteUser(world, person.cookie)
  const after = await history()

  t.same(
    after.slice(0, before.length).map(({ type, occurred_at }) => [type, occurred_at]),
    before.map(({ type, occurred_at }) => [type, occurred_at]),
  )
  const names = new Set(after.map(({ user_id }) => user_id).filter((id) => id !== admin))
  t.equal(names.size, 1)
  const [pseudonym] = names
  t.match(pseudonym, /^deleted-[0-9a-f-]{36}$/)
  t.same(new Set(after.filter((e) => e.user_id !== admin).map((e) => e.payload)), new Set(['{}']))
  t.same(
    after.filter((e) => e.user_id === admin).map((e) => JSON.parse(e.payload)),
    [{ action: 'reset-bandit', target: pseudonym }],
  )
  t.match(after.at(-1), { type: 'signals.user.deleted', user_id: pseudonym })
})

t.test('who cannot be told now is told when it is back', async (t) => {
  const clock = fakeClock()
  const around = await startAccountWorld(t, { tasks: 3, tips: 1, clock })
  const { world, person, traces, todoist, ml } = around
  todoist.control.setFault({ endpoint: 'revoke', fault: { kind: '500' } })
  ml.control.fault({ endpoint: 'delete', kind: '503' })

  const answer = await deleteUser(world, person.cookie)
  t.equal(answer.statusCode, 200)
  t.match(answer.json().receipt, {
    upstream: [{ provider: 'todoist', revoked: 'queued' }],
    mlServing: 'queued',
  })
  t.equal(todoist.control.tokens().length, 1)
  await expectNoTrace(t, world, traces)

  todoist.control.setFault({ endpoint: 'revoke', fault: null })
  ml.control.clear()
  const isDone = async () =>
    (await world.app.db.selectFrom('revocations').select('id').execute()).length === 0
  for (let waited = 0; !(await isDone()) && waited < 20_000; waited += 100) {
    clock.advance(5_000)
    await sleep(100)
  }
  t.ok(await isDone())
  t.same(todoist.control.tokens(), [])
  t.match(ml.control.requests('delete').at(-1), { url: `/users/${person.userId}` })
  await expectNoTrace(t, world, traces)
})

t.test('a service that hangs does not hold up the answer', async (t) => {
  const { world, person, ml } = await startAccountWorld(t, { tasks: 1, tips: 1 })
  ml.control.fault({ endpoint: 'delete', kind: 'hang' })
  const started = performance.now()
  const answer = await deleteUser(world, person.cookie)
  const took = performance.now() - started
  t.match(answer.json().receipt, {
    upstream: [{ provider: 'todoist', revoked: 'revoked' }],
    mlServing: 'queued',
  })
  t.ok(took < 4_000, `${took} ms`)
})

t.test('what is under way when the account ends leaves no trace behind it', async (t) => {
  const { world, person, traces, todoist, ml } = await startAccountWorld(t, { tips: 2 })
  const headers = { cookie: person.cookie }
  const post = (url: string) => world.app.inject({ method: 'POST', url, headers })
  todoist.control.addTask({ task: { content: 'One more hopperesque moth' } })
  todoist.control.setFault({ endpoint: 'sync', fault: { kind: 'slow', ms: 600 } })
  ml.control.fault({ endpoint: 'generate', kind: 'slow', ms: 600 })

  const recommended = post('/api/recommend')
  t.equal((await post('/api/integrations/todoist/sync')).statusCode, 202)
  while (ml.control.requests('generate').length === 0) await sleep(5)
  t.equal((await deleteUser(world, person.cookie)).statusCode, 200)

  t.equal((await recommended).statusCode, 401)
  await sleep(1_000)
  await expectNoTrace(t, world, traces)
})

t.test('all sessions of the person end, and those of nobody else', async (t) => {
  const world = await build(t)
  const here = await signInPerson(world, { subject: 's-1' })
  const elsewhere = await signInPerson(world, { subject: 's-1' })
  const other = await signInPerson(world, { subject: 's-2' })
  t.match((await deleteUser(world, here.cookie)).json().receipt.rows, { sessions: 2 })
  const isSignedIn = async ({ cookie }: { cookie: string }) => {
    const answer = await world.app.inject({ url: '/api/auth/session', headers: { cookie } })
    return 'user' in answer.json()
  }
  t.equal(await isSignedIn(elsewhere), false)
  t.equal(await isSignedIn(other), true)
  const again = await signInPerson(world, { subject: 's-1' })
  t.not(again.userId, here.userId, 'who comes back is a new person')
})

t.test('what others do at the same time does not stand in the way', async (t) => {
  const world = await build(t)
  const person = await signInPerson(world, { subject: 'subject-8812773490121' })
  let running = true
  const others = (async () => {
    while (running) await world.app.db.transaction().execute(() => sleep(20))
  })()
  const answer = await deleteUser(world, person.cookie)
  running = false
  await others
  t.equal(answer.statusCode, 200)
  await expectNoTrace(t, world, [person.userId, 'subject-8812773490121'])
})

t.test('two deletions at once: one receipt', async (t) => {
  const world = await build(t)
  const person = await signInPerson(world)
  const answers = await Promise.all([
    deleteUser(world, person.cookie),
    deleteUser(world, person.cookie),
  ])
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [200, 401])
})

t.test('the built-in administrator cannot be deleted', async (t) => {
  const world = await build(t)
  const cookie = await signInAsAdmin(world)
  const answer = await deleteUser(world, cookie)
  t.equal(answer.statusCode, 403)
  t.match(answer.json(), {
    code: 'forbidden',
    detail: 'The built-in administrator cannot be deleted',
  })
  const headers = { cookie }
  t.match((await world.app.inject({ url: '/api/auth/session', headers })).json(), {
    user: { role: 'admin' },
  })
})
