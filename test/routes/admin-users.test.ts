import t from 'tap'
import { newId } from '../../src/ids.ts'
import { startAccountWorld } from '../account-world.ts'
import { build, signInAsAdmin, signInPerson, type TestApp } from '../helper.ts'

const get = ({ app }: TestApp, cookie: string, path: string) =>
  app.inject({ url: `/api${path}`, headers: { cookie } })

const act = ({ app }: TestApp, cookie: string, userId: string, payload: object) =>
  app.inject({
    method: 'POST',
    url: `/api/admin/users/${userId}/actions`,
    headers: { cookie },
    payload,
  })

const namesOf = (page: { items: { name: string }[] }) => page.items.map(({ name }) => name)

/** Many users at once, straight in the store. The n-th is older than the one after it. */
async function fillUsers({ app }: TestApp, count: number, email: (n: number) => string) {
  await app.transact('a'.repeat(32), async (trx) => {
    for (let n = 0; n < count; n++) {
      await trx
        .insertInto('users')
        .values({
          id: newId(),
          kind: 'person',
          issuer: 'test',
          subject: `${email(n)}`,
          email: email(n),
          email_verified: 1,
          name: `Filler ${n}`,
          picture: null,
          created_at: 0,
          last_active_at: 0,
        })
        .execute()
    }
  })
}

async function everyPage(world: TestApp, cookie: string, query: string) {
  const pages = []
  for (let cursor = ''; ; ) {
    const page = (await get(world, cookie, `/admin/users?${query}${cursor}`)).json()
    pages.push(page)
    if (page.nextCursor === null) return pages
    cursor = `&cursor=${page.nextCursor}`
  }
}

t.test('users are found by the beginning of address or name, or by id', async (t) => {
  const world = await build(t, { ADMIN_EMAILS: 'grace@navy.example' })
  const admin = await signInAsAdmin(world)
  const ada = await signInPerson(world, { email: 'ada@example.com', name: 'Ada Lovelace' })
  await signInPerson(world, { email: 'Grace@Navy.example', name: 'Grace Hopper' })
  await signInPerson(world, { email: 'x@example.com', name: 'Åsa Ångström' })
  const find = async (q: string) =>
    namesOf((await get(world, admin, `/admin/users?q=${encodeURIComponent(q)}`)).json())

  t.same(await find(''), ['Åsa Ångström', 'Grace Hopper', 'Ada Lovelace', 'Administrator'])
  t.same(await find('ADA@'), ['Ada Lovelace'])
  t.same(await find('ad'), ['Ada Lovelace', 'Administrator'])
  t.same(await find('grace h'), ['Grace Hopper'])
  t.same(await find(' Åsa '), ['Åsa Ångström'])
  t.same(await find(ada.userId), ['Ada Lovelace'])
  for (const q of ['lovelace', '%', '_', "'", 'ada\0', '\u{10FFFF}']) t.same(await find(q), [], q)

  const { items } = (await get(world, admin, '/admin/users?q=gr')).json()
  t.match(items, [{ role: 'admin', email: 'Grace@Navy.example', integrations: [] }])
  t.match((await get(world, admin, '/admin/users?limit=0')).json(), {
    status: 400,
    errors: [{ path: 'query.limit' }],
  })
})

t.test('every page is newest first and together they are the whole', async (t) => {
  const world = await build(t)
  const admin = await signInAsAdmin(world)
  // Few that fit (sorted), many that fit (walked), and none for long stretches of the list.
  await fillUsers(world, 4_400, (n) => (n < 300 ? `old${n}@example.com` : `new${n}@example.com`))
  for (const [q, count] of [
    ['old', 300],
    ['old1', 111],
    ['new', 4_100],
    ['fill', 4_400],
    ['none', 0],
  ] as const) {
    const pages = await everyPage(world, admin, `limit=200&q=${q}`)
    const ids = pages.flatMap(({ items }) => items.map(({ id }: { id: string }) => id))
    t.equal(ids.length, count, q)
    t.same(ids, [...new Set<string>(ids)].sort().reverse())
    t.equal(pages.length, Math.max(1, Math.ceil(count / 200)))
  }
})

t.test('one user is shown with consents, integrations, tips and sessions', async (t) => {
  const { world, person, todoist } = await startAccountWorld(t, { tips: 0, tasks: 3 })
  const admin = await signInAsAdmin(world)
  const headers = { cookie: person.cookie }
  const answer = await world.app.inject({ method: 'POST', url: '/api/recommend', headers })
  const { tip } = answer.json()
  await world.app.inject({
    method: 'POST',
    url: `/api/tip/${tip.id}/feedback`,
    headers,
    payload: { action: 'done' },
  })

  const detail = (await get(world, admin, `/admin/users/${person.userId}`)).json()
  t.match(detail, {
    id: person.userId,
    email: 'grace.hopper@navy.example',
    role: 'user',
    createdAt: /Z$/,
    lastActiveAt: /Z$/,
    consents: [
      { kind: 'terms', action: 'granted' },
      { kind: 'todoist', action: 'granted' },
      { kind: 'push', action: 'granted' },
    ],
    integrations: [{ provider: 'todoist', status: 'connected', taskCount: 3 }],
    recentTips: [{ id: tip.id, feedback: [{ action: 'done' }] }],
    sessions: [{ kind: 'oidc', current: false }],
  })
  t.same((await get(world, admin, `/user/${person.userId}`)).json(), detail)
  t.notMatch(JSON.stringify(detail), todoist.control.tokens()[0]?.accessToken ?? 'token')
  const [listed] = (await get(world, admin, '/admin/users?q=grace')).json().items
  t.same(listed.integrations, [{ provider: 'todoist', status: 'connected' }])
})

t.test('only administrators see users, and an unknown one is 404', async (t) => {
  const world = await build(t)
  const admin = await signInAsAdmin(world)
  const ada = await signInPerson(world)
  for (const path of [`/user/${ada.userId}`, `/admin/users/${ada.userId}`, '/admin/users']) {
    t.equal((await get(world, '', path)).statusCode, 401, path)
    t.equal((await get(world, ada.cookie, path)).statusCode, 403, path)
  }
  t.equal((await act(world, ada.cookie, ada.userId, { action: 'reset-bandit' })).statusCode, 403)
  for (const path of ['/user/none', '/admin/users/none']) {
    t.equal((await get(world, admin, path)).statusCode, 404, path)
  }
  t.equal((await act(world, admin, 'none', { action: 'reset-bandit' })).statusCode, 404)
  t.equal((await get(world, ada.cookie, '/user/profile')).json().id, ada.userId)
})

t.test('an integration is revoked once', async (t) => {
  const { world, person } = await startAccountWorld(t, { tips: 0, tasks: 3 })
  const admin = await signInAsAdmin(world)
  const revoke = (provider?: string) =>
    act(world, admin, person.userId, {
      action: 'revoke-integration',
      reason: 'asked for',
      ...(provider && { provider }),
    })
  t.match((await revoke()).json(), { status: 400, errors: [{ path: 'body.provider' }] })
  t.equal((await revoke('elsewhere')).statusCode, 404)
  t.match((await revoke('todoist')).json(), {
    ok: true,
    result: { provider: 'todoist', status: 'disconnected' },
  })
  t.match((await revoke('todoist')).json(), { status: 409, code: 'already_disconnected' })
  const tasks = await world.app.db.selectFrom('tasks').select('id').execute()
  t.same(tasks, [])

  const { items } = (await get(world, admin, '/admin/audit?action=actOnUser')).json()
  t.match(items, [
    { outcome: 'refused', status: 409 },
    {
      outcome: 'ok',
      target: person.userId,
      detail: { body: { action: 'revoke-integration', provider: 'todoist', reason: 'asked for' } },
    },
    { outcome: 'refused', status: 404 },
    { outcome: 'refused', status: 400 },
  ])
})

t.test(
  'what the policies learned is reset, a profile is rebuilt, and both are events',
  async (t) => {
    const { world, person, ml } = await startAccountWorld(t, { tips: 0, tasks: 3 })
    const admin = await signInAsAdmin(world)
    const reset = await act(world, admin, person.userId, {
      action: 'reset-bandit',
      reason: 'stuck',
    })
    t.match(reset.json(), { ok: true, result: { stateVersion: /./ } })
    t.match(ml.control.requests('reset'), [
      { url: `/users/${person.userId}/reset`, body: { reason: 'stuck', request_id: /-/ } },
    ])
    const rebuilt = await act(world, admin, person.userId, { action: 'rebuild-profile' })
    t.match(rebuilt.json(), { ok: true, result: { jobId: /./ } })
    t.ok(rebuilt.json().result.features > 5)
    t.equal(ml.control.requests('rebuild').length, 1)

    ml.control.fault({ endpoint: '*', kind: '500' })
    const failed = await act(world, admin, person.userId, { action: 'reset-bandit' })
    t.match(failed.json(), { status: 502, code: 'ml_serving_unavailable' })

    const events = await world.app.db
      .selectFrom('events')
      .select(['user_id', 'payload'])
      .where('type', '=', 'signals.admin.action')
      .orderBy('seq')
      .execute()
    t.same(
      events.map(({ payload }) => JSON.parse(payload).action),
      ['reset-bandit', 'rebuild-profile'],
    )
    t.match((await act(world, admin, person.userId, { action: 'delete' })).json(), {
      status: 400,
      errors: [{ path: 'body.action' }],
    })
  },
)
