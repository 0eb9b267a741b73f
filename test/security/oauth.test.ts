import t from 'tap'
import { signInThroughPages } from '../../sandbox/identity/walk.ts'
import { MINUTE } from '../../src/clock.ts'
import { cookiesOf, fakeClock, signInPerson } from '../helper.ts'
import { CALLBACK, callBack, codes, login, startSignInWorld } from '../sign-in-world.ts'

t.test('a state counts once, for its browser, its provider, and ten minutes', async (t) => {
  const clock = fakeClock(Date.now())
  const world = await startSignInWorld(t, {}, clock)
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
  const world = await startSignInWorld(t)
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
    const world = await startSignInWorld(t)
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
    const world = await startSignInWorld(t, { LOG_LEVEL: 'trace' })
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
      const world = await startSignInWorld(t)
      world.identity.fault('discovery', fault)
      const answer = await world.app.inject({ method: 'POST', url: '/api/auth/login' })
      t.same(codes(answer), [502, 'oauth_provider_failed'])
      world.identity.fault('discovery', undefined)
      t.equal((await login(world)).status, 200)
    },
  )
}

t.test('a state of one provider is worth nothing at another', async (t) => {
  const world = await startSignInWorld(t)
  const { app } = world
  const { cookie } = await signInPerson(world)
  const attempt = await login(world)
  const google = new URL(attempt.url).searchParams.get('state')
  const begun = await app.inject({
    method: 'POST',
    url: '/api/integrations/todoist/connect',
    headers: { accept: 'application/json', cookie },
  })
  const todoist = new URL(begun.json().authorizationUrl).searchParams.get('state')
  const cookies = [cookie, attempt.cookie, cookiesOf(begun.headers).oauth_todoist].join('; ')
  for (const url of [
    `/api/auth/callback?code=x&state=${todoist}`,
    `/api/integrations/todoist/callback?code=x&state=${google}`,
  ]) {
    const answer = await app.inject({ url, headers: { cookie: cookies } })
    t.same(codes(answer), [400, 'oauth_state_invalid'], url)
    t.notOk(cookiesOf(answer.headers).sid)
  }
})
