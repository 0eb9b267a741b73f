import t from 'tap'
import { HOUR } from '../../src/clock.ts'
import { build, cookiesOf, fakeClock, signInAsAdmin, type TestApp } from '../helper.ts'

const signIn = ({ app }: TestApp, token: unknown) =>
  app.inject({ method: 'POST', url: '/api/auth/token', payload: { token } })

t.test('the admin token opens a session of the built-in administrator', async (t) => {
  const world = await build(t)
  const answer = await signIn(world, world.config.ADMIN_TOKEN)
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { user: { role: 'admin', name: 'Administrator' } })
  const cookie = cookiesOf(answer.headers).sid ?? ''
  const session = await world.app.inject({ url: '/api/auth/session', headers: { cookie } })
  t.same(session.json(), answer.json())
})

t.test('it lasts twelve hours at most', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const cookie = await signInAsAdmin(world)
  const session = async () =>
    (await world.app.inject({ url: '/api/auth/session', headers: { cookie } })).json()
  clock.advance(12 * HOUR - 1)
  t.ok((await session()).user)
  clock.advance(1)
  t.same(await session(), {})
})

t.test('a wrong token is refused, with any type or length', async (t) => {
  const world = await build(t)
  for (const token of ['x', 'x'.repeat(41), `${world.config.ADMIN_TOKEN} `]) {
    const answer = await signIn(world, token)
    t.equal(answer.statusCode, 401)
    t.equal(answer.json().code, 'invalid_token')
    t.notOk(cookiesOf(answer.headers).sid)
  }
  t.match((await signIn(world, 1)).json(), {
    status: 400,
    code: 'validation_failed',
    errors: [{ path: 'body.token' }],
  })
})

t.test('without ADMIN_TOKEN there is no such route', async (t) => {
  const world = await build(t, { ADMIN_TOKEN: '' })
  t.equal((await signIn(world, 'anything')).statusCode, 404)
})

t.test('guessing is limited by address, and a spoofed X-Forwarded-For does not help', async (t) => {
  const world = await build(t, { RATE_LIMIT_AUTH: '3' })
  const guess = (forwarded: string) =>
    world.app.inject({
      method: 'POST',
      url: '/api/auth/token',
      headers: { 'x-forwarded-for': forwarded },
      payload: { token: 'guess' },
    })
  for (const address of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) {
    t.equal((await guess(address)).statusCode, 401)
  }
  const answer = await guess('4.4.4.4')
  t.match(answer.json(), { status: 429, code: 'rate_limited' })
  t.ok(Number(answer.headers['retry-after']) >= 1)
  t.equal(answer.headers['access-control-allow-origin'], 'http://localhost:3000')
})
