import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { listLeaving, markLeaving } from '../../db/account.ts'
import type { Database } from '../../db/open.ts'
import { createApp } from '../../src/app.ts'
import { DAY, HOUR } from '../../src/clock.ts'
import { purgeIdempotencyKeys, purgeTips } from '../../src/tips/retention.ts'
import { startAccountWorld } from '../account-world.ts'
import { build, fakeClock, signInAsAdmin, signInPerson, type TestApp } from '../helper.ts'
import { until } from '../src/tips/world.ts'

const never = new AbortController().signal

/** How long work took, and how long nothing else got a turn at most, in milliseconds. */
async function watch(work: () => Promise<unknown>): Promise<{ took: number; longest: number }> {
  const begunAt = performance.now()
  let longest = 0
  let last = begunAt
  let isOver = false
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  await work()
  isOver = true
  return { took: performance.now() - begunAt, longest }
}

/** Short slices; or, on a machine that is too busy to tell, many of them: never all in one go. */
async function expectSlices(t: Test, work: () => Promise<unknown>): Promise<void> {
  const { took, longest } = await watch(work)
  const what = `held up for ${Math.round(longest)} of ${Math.round(took)} ms`
  t.comment(what)
  t.ok(longest < 50 || longest < took / 3, what)
}

const ROWS = 3_000
const numbers = sql`with recursive i(n) as (select 1 union all select n + 1 from i where n < ${ROWS})`

async function addTips(db: Database, userId: string, at: number): Promise<void> {
  const candidates = JSON.stringify(Array.from({ length: 50 }, (_, n) => ({ id: n, features: {} })))
  await sql`${numbers} insert into tip_scores
    select 'tip-' || n, ${userId}, ${at}, 'model', null, 'linucb', '1', 'v1', 'small', 'text', null, 'todoist:1', 0.5,
      ${candidates}, '{}', '{}', 'seed', 12, 'trace' from i`.execute(db)
  await sql`insert into tip_feedback
    select 'f-' || id, id, user_id, 'done', 1, 'r1', created_at from tip_scores`.execute(db)
}

const count = async ({ app }: Pick<TestApp, 'app'>, table: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*) n from ${sql.table(table)}`.execute(
    app.db,
  )
  return rows[0]?.n ?? 0
}

t.test('a long backlog goes in slices', async (t) => {
  const clock = fakeClock()
  const world = await build(t, { SESSION_IDLE_MS: String(7 * DAY) }, { clock })
  const { app } = world
  const { userId } = await signInPerson(world)
  const old = clock() - 60 * DAY

  await addTips(app.db, userId, old)
  await expectSlices(t, () => purgeTips(app, 30, never))
  t.equal(await count(world, 'tip_scores'), 0)
  t.equal(await count(world, 'tip_feedback'), 0)

  await sql`${numbers} insert into idempotency_keys
    select ${userId}, 'key-' || n, 'hash', null, ${old}, ${old} from i`.execute(app.db)
  await expectSlices(t, () => purgeIdempotencyKeys(app, never))
  t.equal(await count(world, 'idempotency_keys'), 0)
})

t.test('what has expired while the server was off goes in slices', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const { userId, cookie } = await signInPerson(world)
  const { app, config } = world
  const old = clock() - 60 * DAY
  // Every other one is past its end, the rest were not used for long.
  await sql`${numbers} insert into sessions
    select 'hash-' || n, 'session-' || n, ${userId}, 'oidc', '', ${old}, ${old},
      case n % 2 when 0 then ${old} + 1 else ${clock()} + 1000 end from i`.execute(app.db)
  await sql`${numbers} insert into oauth_transactions
    select 'state-' || n, 'google', 'browser', null, '/', ${old} from i`.execute(app.db)
  await app.close()

  const again = await createApp({ config, clock })
  t.teardown(() => again.close())
  await again.ready()
  await expectSlices(t, async () => {
    await until(async () => (await count({ app: again }, 'oauth_transactions')) === 0)
  })
  t.equal(await count({ app: again }, 'sessions'), 1, 'the live one')
  const { rows } = await sql<{ n: number }>`
    select count(*) n from events where type = 'signals.session.ended'`.execute(again.db)
  t.equal(rows[0]?.n, ROWS, 'the end of each is told once')
  const answer = await again.inject({ url: '/api/auth/session', headers: { cookie } })
  t.match(answer.json(), { user: { id: userId } })
})

t.test('a large account is erased in slices, and the receipt counts all of it', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 5, tips: 0 })
  const { app } = world
  await addTips(app.db, person.userId, app.clock())
  await sql`${numbers} insert into tasks
    select 'task-' || n, ${person.userId}, 'todoist', 'open', 'content', null, null, '[]', 1, null, null, 0, '', null,
      null, null, 7 from i`.execute(app.db)
  await sql`${numbers} insert into events (id, type, user_id, occurred_at, trace_id, payload)
    select 'event-' || n, 'signals.tip.served', ${person.userId}, 7, 'trace', '{"tipId":"x"}' from i`.execute(
    app.db,
  )
  const headers = { cookie: person.cookie }
  await expectSlices(t, async () => {
    const answer = await app.inject({ method: 'DELETE', url: '/api/user', headers })
    t.match(answer.json().receipt.rows, {
      ...{ users: 1, tip_scores: ROWS, tip_feedback: ROWS, tasks: ROWS + 5 },
      ...{ integrations: 1, push_subscriptions: 1 },
    })
  })
  const { rows } = await sql`select 1 from events where user_id = ${person.userId}`.execute(app.db)
  t.same(rows, [])
})

t.test('thousands of tasks of a connection that ends go in slices', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 5, tips: 0 })
  const { app } = world
  await sql`${numbers} insert into tasks
    select 'task-' || n, ${person.userId}, 'todoist', 'open', 'content', null, null, '[]', 1, null, null, 0, '', null,
      null, null, 7 from i`.execute(app.db)
  const headers = { cookie: person.cookie }
  await expectSlices(t, () =>
    app.inject({ method: 'DELETE', url: '/api/integrations/todoist', headers }),
  )
  t.equal(await count(world, 'tasks'), 0)
  t.equal(await count(world, 'integrations'), 0)
})

t.test('an erasure that a crash has cut off is finished at the next start', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const { app, config } = world
  const claims = { subject: 'subject-1', email: 'grace@example.com', name: 'Grace' }
  const grace = await signInPerson(world, claims)
  await addTips(app.db, grace.userId, clock() - HOUR)
  await app.db.transaction().execute((trx) => markLeaving(trx, grace.userId, 'deleted-1'))

  // What others see in between: nobody.
  app.sessions.forget()
  const answer = await app.inject({ url: '/api/user/profile', headers: { cookie: grace.cookie } })
  t.equal(answer.statusCode, 401, 'all sessions have ended')
  const again = await signInPerson(world, claims)
  t.not(again.userId, grace.userId, 'who signs in is a new person')
  const headers = { cookie: await signInAsAdmin(world) }
  const listed = await app.inject({ url: '/api/admin/users', headers })
  t.notOk(listed.json().items.some(({ id }: { id: string }) => id === grace.userId))
  const detail = await app.inject({ url: `/api/admin/users/${grace.userId}`, headers })
  t.equal(detail.statusCode, 404)
  await app.close()

  const next = await createApp({ config, clock })
  t.teardown(() => next.close())
  await next.ready()
  await until(async () => (await listLeaving(next.db)).length === 0)
  t.equal(await count({ app: next }, 'tip_scores'), 0)
  const users = await next.db
    .selectFrom('users')
    .select('id')
    .where('kind', '=', 'person')
    .execute()
  t.same(users, [{ id: again.userId }])
  const history = await next.db.selectFrom('events').select('user_id').execute()
  t.notOk(history.some(({ user_id }) => user_id === grace.userId))
  const waiting = await next.db.selectFrom('revocations').select('kind').execute()
  t.same(waiting, [{ kind: 'ml' }], 'ml/serving is still to be told')
})
