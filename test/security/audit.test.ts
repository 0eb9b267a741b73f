import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { build, signInAsAdmin, signInPerson, type TestApp, WEB } from '../helper.ts'
import { operationsOf, urlOf } from '../openapi.ts'

const run = promisify(execFile)

/** The whole log, oldest first, without the call that reads it. */
async function entries({ app }: TestApp, cookie: string, query = 'limit=200') {
  const answer = await app.inject({ url: `/api/admin/audit?${query}`, headers: { cookie } })
  return answer.json().items.reverse()
}

const verify = (world: TestApp) =>
  run(process.execPath, ['scripts/audit-verify.ts'], {
    env: { ...process.env, DATABASE_PATH: world.config.DATABASE_PATH },
  }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stderr }) => ({ code, output: stderr as string }),
  )

t.test('each admin call makes exactly one entry, also a read', async (t) => {
  const world = await build(t)
  const cookie = await signInAsAdmin(world)
  t.same(await entries(world, cookie), [])
  const [first, ...others] = await entries(world, cookie)
  t.same(others, [])
  const session = await world.app.inject({ url: '/api/auth/session', headers: { cookie } })
  t.match(first, {
    actor: session.json().user.id,
    action: 'listAudit',
    target: null,
    outcome: 'ok',
    status: 200,
    traceId: /^[0-9a-f]{32}$/,
  })
})

t.test('every admin operation, by anybody: one entry by its name', async (t) => {
  const world = await build(t, { SIM_COMMAND: 'true' })
  const { app } = world
  const callers = [undefined, (await signInPerson(world)).cookie, await signInAsAdmin(world)]
  const operations = operationsOf(app).filter((one) => one['x-access'] === 'admin')
  t.ok(operations.length > 20)
  const expected: { action: string; status: number }[] = []
  for (const operation of operations) {
    for (const cookie of callers) {
      const { method, operationId: action } = operation
      const headers = { ...(cookie && { cookie }) }
      const answer = await app.inject({ method, url: urlOf(operation), headers })
      expected.push({ action, status: answer.statusCode })
    }
  }
  const rows = await app.db
    .selectFrom('audit')
    .select(['action', 'status'])
    .orderBy('seq')
    .execute()
  t.same(rows, expected)
  t.match(await verify(world), { code: 0 })
})

t.test('a refusal that cannot be taken down is a problem too', async (t) => {
  // Nor can it be when nobody knows who calls.
  for (const table of ['audit', 'sessions']) {
    const world = await build(t)
    const { cookie } = await signInPerson(world)
    await world.app.db.schema.alterTable(table).renameTo('elsewhere').execute()
    world.app.sessions.forget()
    const answer = await world.app.inject({ url: '/api/admin/docs', headers: { cookie } })
    const expected = { status: 503, code: 'storage_unavailable', traceId: /^[0-9a-f]{32}$/ }
    t.match(answer.json(), expected, table)
    t.match(answer.headers, { 'retry-after': '1', 'content-type': /problem/ }, table)
  }
})

t.test('refused calls are taken down too, each with who and why', async (t) => {
  const world = await build(t)
  const { app } = world
  const admin = await signInAsAdmin(world)
  const ada = await signInPerson(world, { email: 'ada@example.com' })
  const post = '/api/admin/sim/run'
  const payload = { policy: 'random', judge: 'persona' }
  const foreign = { cookie: admin, origin: 'https://evil.example' }

  await app.inject({ url: '/api/admin/audit' })
  await app.inject({ url: '/api/admin/audit', headers: { cookie: ada.cookie } })
  await app.inject({ url: '/api/admin/audit?limit=0', headers: { cookie: admin } })
  await app.inject({ method: 'POST', url: post, headers: foreign, payload })
  await app.inject({
    method: 'POST',
    url: post,
    headers: { cookie: admin, 'content-type': 'text/html' },
    payload: '<p>',
  })
  await app.inject({
    url: '/api/admin/sim/runs/ada@example.com',
    headers: { cookie: admin, origin: WEB },
  })

  const log = await entries(world, admin)
  const administrator = log[2].actor
  t.match(log, [
    { actor: null, action: 'listAudit', status: 401, detail: { code: 'unauthenticated' } },
    { actor: ada.userId, action: 'listAudit', status: 403, detail: { code: 'forbidden' } },
    { actor: administrator, action: 'listAudit', status: 400 },
    { actor: administrator, action: 'runSimulation', status: 403 },
    { actor: administrator, action: 'runSimulation', status: 415 },
    { actor: administrator, action: 'getSimulation', status: 404, target: null },
  ])
  t.equal(log.length, 6)
  t.equal(log[3].detail.code, 'origin_refused')
  t.ok(log.every((entry: { outcome: string }) => entry.outcome === 'refused'))
  t.notMatch(JSON.stringify(log), 'ada@example.com')
})

t.test('a call past the rate limit is taken down as well', async (t) => {
  const world = await build(t, { RATE_LIMIT_USER: '2' })
  const cookie = await signInAsAdmin(world)
  const statuses = []
  for (let i = 0; i < 3; i++) {
    const answer = await world.app.inject({ url: '/api/admin/audit', headers: { cookie } })
    statuses.push(answer.statusCode)
  }
  t.same(statuses, [200, 200, 429])
  const rows = await world.app.db.selectFrom('audit').select('status').orderBy('seq').execute()
  t.same(
    rows.map((row) => row.status),
    [200, 200, 429],
  )
})

t.test('the log pages and is narrowed by who, what and whom', async (t) => {
  const world = await build(t)
  const admin = await signInAsAdmin(world)
  const ada = await signInPerson(world)
  const look = (cookie: string) =>
    world.app.inject({ url: `/api/admin/users/${ada.userId}`, headers: { cookie } })
  await look(admin)
  await look(ada.cookie)
  await world.app.inject({ url: '/api/admin/docs', headers: { cookie: admin } })

  t.match(await entries(world, admin, `actor=${ada.userId}`), [{ action: 'getUserAsAdmin' }])
  t.equal((await entries(world, admin, `target=${ada.userId}`)).length, 2)
  t.equal((await entries(world, admin, 'action=listDocuments')).length, 1)

  const page = async (query: string) =>
    (
      await world.app.inject({ url: `/api/admin/audit?${query}`, headers: { cookie: admin } })
    ).json()
  const first = await page('limit=2')
  const second = await page(`limit=200&cursor=${first.nextCursor}`)
  t.equal(second.nextCursor, null)
  const ids = [...first.items, ...second.items].map((entry) => entry.id)
  t.equal(new Set(ids).size, ids.length)
  t.equal(ids.length, 6)
  t.equal((await page('cursor=x')).errors[0].path, 'query.cursor')
})

t.test('many calls at once form one chain, which verifies', async (t) => {
  const world = await build(t)
  const cookie = await signInAsAdmin(world)
  const calls = Array.from({ length: 40 }, () =>
    world.app.inject({ url: '/api/admin/docs', headers: { cookie } }),
  )
  await Promise.all(calls)
  t.match(await verify(world), {
    code: 0,
    output: /^40 entries, chain intact, head [0-9a-f]{64}\n$/,
  })
})

t.test('a changed, a dropped and a moved entry are each found', async (t) => {
  const world = await build(t)
  const { db } = world.app
  const cookie = await signInAsAdmin(world)
  for (let i = 0; i < 5; i++) await entries(world, cookie)

  await db.updateTable('audit').set({ status: 201 }).where('seq', '=', 3).execute()
  t.match(await verify(world), { code: 1, output: /broken at entry 3: it was changed/ })
  await db.updateTable('audit').set({ status: 200 }).where('seq', '=', 3).execute()
  t.match(await verify(world), { code: 0 })

  const row = await db.deleteFrom('audit').where('seq', '=', 2).returningAll().executeTakeFirst()
  t.match(await verify(world), { code: 1, output: /broken at entry 3: entry 2 is missing/ })
  await db
    .insertInto('audit')
    .values({ ...(row as NonNullable<typeof row>), seq: 6 })
    .execute()
  t.match(await verify(world), { code: 1 })
})

t.test('an account that is gone leaves a pseudonym, and the chain still verifies', async (t) => {
  const world = await build(t, { ADMIN_EMAILS: 'ada@example.com' })
  const admin = await signInAsAdmin(world)
  const ada = await signInPerson(world, { email: 'ada@example.com' })
  await entries(world, ada.cookie)
  await world.app.inject({ url: `/api/user/${ada.userId}`, headers: { cookie: admin } })
  await world.app.inject({ url: `/api/ml/users/${ada.userId}/x`, headers: { cookie: admin } })
  t.match(await entries(world, admin), [
    { actor: ada.userId },
    { target: ada.userId },
    { target: /^users\/anon-.*\/x$/ },
  ])

  await world.app.db.deleteFrom('users').where('id', '=', ada.userId).execute()
  const [by, about] = await entries(world, admin)
  t.match(by.actor, /^anon-/)
  t.equal(about.target, by.actor)
  const rows = await world.app.db.selectFrom('audit').selectAll().execute()
  t.notMatch(JSON.stringify(rows), ada.userId)
  t.match(await verify(world), { code: 0 })
})

t.test('a call that cannot be taken down is not answered as if it were', async (t) => {
  const world = await build(t)
  const cookie = await signInAsAdmin(world)
  await world.app.db.schema.alterTable('audit').renameTo('elsewhere').execute()
  const answer = await world.app.inject({ url: '/api/admin/docs', headers: { cookie } })
  t.match(answer.json(), { status: 503, code: 'storage_unavailable' })
  t.match(answer.headers, { 'retry-after': '1' })
})

t.test('without a database there is nothing to verify, and that is said', async (t) => {
  const world = { config: { DATABASE_PATH: `${t.testdir()}/none.db` } } as TestApp
  t.match(await verify(world), { code: 1, output: /^cannot verify the audit log: / })
})
