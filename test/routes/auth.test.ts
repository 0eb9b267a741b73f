import t, { type Test } from 'tap'
import { startIdentity } from '../../sandbox/identity/start.ts'
import { signInThroughPages } from '../../sandbox/identity/walk.ts'
import { DAY, MINUTE } from '../../src/clock.ts'
import { API, build, cookiesOf, type Env, fakeClock, type TestApp, WEB } from '../helper.ts'

const CALLBACK = `${API}/api/auth/callback`

async function startWorld(t: Test, env: Env = {}, clock?: () => number) {
  const identity = await startIdentity({
    port: 0,
    clientId: 'oo-test',
    clientSecret: 'google-client-secret',
    redirectUris: [CALLBACK],
  })
  t.teardown(() => identity.close())
  const world = await build(t, { GOOGLE_ISSUER: identity.issuer, ...env }, clock ? { clock } : {})
  return { ...world, identity }
}

/** Starts a sign-in. @returns where to go, and the cookie that binds the attempt to this browser. */
async function login({ app }: TestApp, body: object = {}, cookie = '') {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/login',
    headers: { accept: 'application/json', cookie },
    payload: body,
  })
  const cookies = cookiesOf(answer.headers)
  return {
    status: answer.statusCode,
    url: answer.json().authorizationUrl as string,
    cookie: cookies.oauth_google ?? '',
  }
}

const pathOf = (url: string) => url.slice(API.length)
const codes = (answer: { statusCode: number; json(): { code: string } }) => [
  answer.statusCode,
  answer.json().code,
]

async function callBack({ app }: TestApp, url: string, cookie: string) {
  return app.inject({ url: pathOf(url), headers: { cookie } })
}

/** A whole sign-in. @returns the `sid` cookie. */
async function signIn(world: TestApp, person = 'ada', before = '') {
  const attempt = await login(world)
  const back = await signInThroughPages({ authorizationUrl: attempt.url, login: person })
  const answer = await callBack(world, back, `${attempt.cookie}; ${before}`)
  return cookiesOf(answer.headers).sid ?? ''
}

const session = async ({ app }: TestApp, cookie: string) =>
  (await app.inject({ url: '/api/auth/session', headers: { cookie } })).json()

t.test('a person signs in at the provider and is known afterwards', async (t) => {
  const world = await startWorld(t)
  const attempt = await login(world, { returnTo: '/tips?from=mail' })
  t.equal(attempt.status, 200)
  const authorize = new URL(attempt.url)
  t.equal(authorize.origin, world.identity.issuer)
  t.equal(authorize.searchParams.get('code_challenge_method'), 'S256')
  for (const name of ['state', 'nonce', 'code_challenge'])
    t.ok(authorize.searchParams.get(name), name)

  const back = await signInThroughPages({ authorizationUrl: attempt.url, login: 'ada' })
  const answer = await callBack(world, back, attempt.cookie)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, `${WEB}/tips?from=mail`)
  const sid = cookiesOf(answer.headers).sid ?? ''
  t.match(await session(world, sid), {
    user: { email: 'ada@example.com', name: 'Ada Lovelace', role: 'user' },
  })

  const again = await signIn(world)
  t.equal((await session(world, again)).user.id, (await session(world, sid)).user.id)
})

t.test('a browser is sent on with 303, from a form as well', async (t) => {
  const world = await startWorld(t)
  const answer = await world.app.inject({
    method: 'POST',
    url: '/api/auth/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: WEB },
    payload: 'returnTo=%2Ftips',
  })
  t.equal(answer.statusCode, 303)
  t.ok(answer.headers.location?.startsWith(world.identity.issuer))
})

t.test('cancelling at the provider leads back without a session', async (t) => {
  const world = await startWorld(t)
  const attempt = await login(world)
  const back = await signInThroughPages({
    authorizationUrl: attempt.url,
    login: 'ada',
    approve: false,
  })
  const answer = await callBack(world, back, attempt.cookie)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, `${WEB}/?error=access_denied`)
  t.notOk(cookiesOf(answer.headers).sid)
})

t.test('a state counts once, for its browser, its provider, and ten minutes', async (t) => {
  const clock = fakeClock(Date.now())
  const world = await startWorld(t, {}, clock)
  const refused = async (url: string, cookie: string) => {
    const answer = await callBack(world, url, cookie)
    t.same(codes(answer), [400, 'oauth_state_invalid'])
    t.notOk(cookiesOf(answer.headers).sid)
  }
  const attempt = await login(world)
  const back = await signInThroughPages({ authorizationUrl: attempt.url, login: 'ada' })

  await refused(`${CALLBACK}?state=forged&code=x`, attempt.cookie)
  await refused(`${CALLBACK}?code=x`, attempt.cookie)
  await refused(back, '')
  await refused(back, (await login(world)).cookie)
  t.equal((await callBack(world, back, attempt.cookie)).statusCode, 303)
  await refused(back, attempt.cookie)

  const late = await login(world)
  const lateBack = await signInThroughPages({ authorizationUrl: late.url, login: 'ada' })
  clock.advance(10 * MINUTE)
  await refused(lateBack, late.cookie)
})

t.test('two attempts of one browser do not disturb each other', async (t) => {
  const world = await startWorld(t)
  const first = await login(world)
  const second = await login(world, {}, first.cookie)
  const backSecond = await signInThroughPages({ authorizationUrl: second.url, login: 'ada' })
  const backFirst = await signInThroughPages({ authorizationUrl: first.url, login: 'ada' })
  t.equal((await callBack(world, backSecond, second.cookie)).statusCode, 303)
  t.equal((await callBack(world, backFirst, second.cookie)).statusCode, 303)
})

const LIES = [
  'alg-none',
  'bad-signature',
  'wrong-nonce',
  'wrong-aud',
  'wrong-iss',
  'expired',
] as const
const FAULTS = ['error500', 'html', 'hang', 'huge', 'redirect'] as const

for (const lie of LIES) {
  t.test(`an ID token with ${lie} opens no session`, async (t) => {
    const world = await startWorld(t)
    world.identity.tamper(lie)
    const attempt = await login(world)
    const back = await signInThroughPages({ authorizationUrl: attempt.url, login: 'ada' })
    const answer = await callBack(world, back, attempt.cookie)
    t.same(codes(answer), [502, 'oauth_provider_failed'])
    t.notOk(cookiesOf(answer.headers).sid)
  })
}

for (const fault of FAULTS) {
  t.test(`a token endpoint that answers ${fault} opens no session and leaks nothing`, async (t) => {
    const world = await startWorld(t, { LOG_LEVEL: 'trace' })
    const attempt = await login(world)
    const back = await signInThroughPages({ authorizationUrl: attempt.url, login: 'ada' })
    world.identity.fault('token', fault)
    const answer = await callBack(world, back, attempt.cookie)
    t.same(codes(answer), [502, 'oauth_provider_failed'])
    t.notOk(cookiesOf(answer.headers).sid)
    const log = JSON.stringify(world.log)
    const code = new URL(back).searchParams.get('code') as string
    const basic = Buffer.from('oo-test:google-client-secret').toString('base64')
    for (const secret of [code, 'google-client-secret', basic]) t.notMatch(log, secret)
    t.notMatch(answer.body, world.identity.issuer)
  })

  t.test(
    `a discovery that answers ${fault} refuses the sign-in, and only until it is well`,
    async (t) => {
      const world = await startWorld(t)
      world.identity.fault('discovery', fault)
      const answer = await world.app.inject({ method: 'POST', url: '/api/auth/login' })
      t.same(codes(answer), [502, 'oauth_provider_failed'])
      world.identity.fault('discovery', undefined)
      t.equal((await login(world)).status, 200)
    },
  )
}

t.test('returnTo is a path of the web app and nothing else', async (t) => {
  const world = await startWorld(t)
  const refuse = [
    '//e',
    '/\\e',
    'https://e',
    'javascript:alert(1)',
    'e',
    '',
    '/\te',
    '/\r\ne',
    '/.//e',
  ]
  for (const returnTo of refuse) {
    const answer = await world.app.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { returnTo },
    })
    t.same(codes(answer), [400, 'return_to_refused'], JSON.stringify(returnTo))
  }
  for (const returnTo of ['/', '/a/b?c=d#e', '/@user', '/a//b']) {
    t.equal((await login(world, { returnTo })).status, 200, returnTo)
  }
})

t.test('a sign-in makes a new session and ends the one it came with', async (t) => {
  const world = await startWorld(t)
  const first = await signIn(world)
  const second = await signIn(world, 'ada', first)
  t.not(second, first)
  t.same(await session(world, first), {})
  t.match(await session(world, second), { user: { email: 'ada@example.com' } })
})

t.test('sessions end by idling and by age', async (t) => {
  const clock = fakeClock(Date.now())
  const world = await startWorld(t, {}, clock)
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
  const world = await startWorld(t)
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

t.test('logout ends the session, and is no error without one', async (t) => {
  const world = await startWorld(t)
  const sid = await signIn(world)
  const logout = (cookie: string) =>
    world.app.inject({ method: 'POST', url: '/api/auth/logout', headers: { cookie } })
  const answer = await logout(sid)
  t.equal(answer.statusCode, 204)
  t.equal(cookiesOf(answer.headers).sid, 'sid=')
  t.same(await session(world, sid), {})
  t.equal((await logout('')).statusCode, 204)
})

t.test(
  'an address in ADMIN_EMAILS makes an administrator, when the provider verified it',
  async (t) => {
    const world = await startWorld(t, { ADMIN_EMAILS: 'olive@example.com, uma@example.com' })
    t.equal((await session(world, await signIn(world, 'olive'))).user.role, 'admin')
    t.equal((await session(world, await signIn(world, 'uma'))).user.role, 'user')
  },
)

t.test('the database holds nothing that works as a cookie or a state', async (t) => {
  const world = await startWorld(t)
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
