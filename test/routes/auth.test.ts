import t from 'tap'
import { signInThroughPages } from '../../sandbox/identity/walk.ts'
import { cookiesOf, WEB } from '../helper.ts'
import { callBack, login, session, signIn, startSignInWorld } from '../sign-in-world.ts'

t.test('a person signs in at the provider and is known afterwards', async (t) => {
  const world = await startSignInWorld(t)
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
  const world = await startSignInWorld(t)
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
  const world = await startSignInWorld(t)
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

t.test(
  'an address in ADMIN_EMAILS makes an administrator, when the provider verified it',
  async (t) => {
    const world = await startSignInWorld(t, { ADMIN_EMAILS: 'olive@example.com, uma@example.com' })
    t.equal((await session(world, await signIn(world, 'olive'))).user.role, 'admin')
    t.equal((await session(world, await signIn(world, 'uma'))).user.role, 'user')
  },
)
