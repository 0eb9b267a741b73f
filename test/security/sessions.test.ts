import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { DAY, SECOND } from '../../src/clock.ts'
import { build, cookiesOf, fakeClock } from '../helper.ts'
import { login, session, signIn, startSignInWorld } from '../sign-in-world.ts'

t.test('a sign-in makes a new session and ends the one it came with', async (t) => {
  const world = await startSignInWorld(t)
  const first = await signIn(world)
  const second = await signIn(world, 'ada', first)
  t.not(second, first)
  t.same(await session(world, first), {})
  t.match(await session(world, second), { user: { email: 'ada@example.com' } })
})

t.test('sessions end by idling and by age', async (t) => {
  const clock = fakeClock(Date.now())
  const world = await startSignInWorld(t, {}, clock)
  const idle = await signIn(world)
  const used = await signIn(world)
  const whoIs = async (cookie: string) => (await session(world, cookie)).user?.email
  for (let day = 1; day < 30; day += 1) {
    clock.advance(DAY)
    t.equal(await whoIs(used), 'ada@example.com', `used, day ${day}`)
    if (day === 7) t.equal(await whoIs(idle), undefined, 'idle, day 7')
  }
  clock.advance(DAY)
  t.equal(await whoIs(used), undefined, 'used, day 30')
})

t.test('one sees one’s sessions, ends one, and ends all others', async (t) => {
  const world = await startSignInWorld(t)
  const { app } = world
  const [a, b, c] = [await signIn(world), await signIn(world), await signIn(world)]
  const list = async (cookie: string) =>
    (await app.inject({ url: '/api/auth/sessions', headers: { cookie } })).json().items
  const mine = await list(a)
  t.equal(mine.length, 3)
  t.equal(mine.filter((item: { current: boolean }) => item.current).length, 1)

  const other = mine.find((item: { current: boolean }) => !item.current)
  const end = (id: string, cookie: string) =>
    app.inject({ method: 'DELETE', url: `/api/auth/sessions/${id}`, headers: { cookie } })
  const grace = await signIn(world, 'grace')
  t.equal((await end(other.id, grace)).statusCode, 404)
  t.equal((await end(other.id, a)).statusCode, 204)
  t.equal((await end(other.id, a)).statusCode, 404)
  t.equal((await list(a)).length, 2)

  const others = await app.inject({
    method: 'DELETE',
    url: '/api/auth/sessions',
    headers: { cookie: a },
  })
  t.equal(others.statusCode, 204)
  t.same(await session(world, b), {})
  t.same(await session(world, c), {})
  t.ok((await session(world, a)).user)
  t.ok((await session(world, grace)).user)
})

t.test('the list of sessions is paged', async (t) => {
  const world = await startSignInWorld(t)
  const cookies = [await signIn(world), await signIn(world), await signIn(world)]
  const list = async (query: string) =>
    (
      await world.app.inject({
        url: `/api/auth/sessions?${query}`,
        headers: { cookie: cookies[0] ?? '' },
      })
    ).json()
  const first = await list('limit=2')
  t.equal(first.items.length, 2)
  const second = await list(`limit=2&cursor=${first.nextCursor}`)
  t.match(second, { items: [{ current: true }], nextCursor: null })
  t.match(await list('limit=0'), { status: 400, errors: [{ path: 'query.limit' }] })
})

t.test('logout ends the session, and is no error without one', async (t) => {
  const world = await startSignInWorld(t)
  const sid = await signIn(world)
  const logout = (cookie: string) =>
    world.app.inject({ method: 'POST', url: '/api/auth/logout', headers: { cookie } })
  const answer = await logout(sid)
  t.equal(answer.statusCode, 204)
  t.equal(cookiesOf(answer.headers).sid, 'sid=')
  t.same(await session(world, sid), {})
  t.equal((await logout('')).statusCode, 204)
})

t.test('the database holds nothing that works as a cookie or a state', async (t) => {
  const world = await startSignInWorld(t)
  const attempt = await login(world)
  const sid = decodeURIComponent(await signIn(world))
  const id = sid.slice('sid=sid:'.length, sid.lastIndexOf('.'))
  const rows = JSON.stringify([
    await world.app.db.selectFrom('sessions').selectAll().execute(),
    await world.app.db.selectFrom('oauth_transactions').selectAll().execute(),
  ])
  t.notMatch(rows, id)
  const params = new URL(attempt.url).searchParams
  for (const name of ['state', 'nonce', 'code_challenge']) {
    t.notMatch(rows, params.get(name) as string, name)
  }
})

t.test('a session that ends in one process is dead in another within a second', async (t) => {
  const world = await startSignInWorld(t)
  const { DATABASE_PATH, SESSION_SECRET } = world.config
  const other = await build(t, { DATABASE_PATH, SESSION_SECRET: SESSION_SECRET.join(',') })
  const sid = await signIn(world)
  t.ok((await session(other, sid)).user, 'alive in both')
  await world.app.inject({ method: 'POST', url: '/api/auth/logout', headers: { cookie: sid } })
  t.same(await session(world, sid), {}, 'where it ended, at once')
  const end = Date.now() + SECOND
  while ((await session(other, sid)).user && Date.now() < end) await sleep(20)
  t.same(await session(other, sid), {})
})
