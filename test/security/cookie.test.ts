import t from 'tap'
import { startIdentity } from '../../sandbox/identity/start.ts'
import { signInThroughPages } from '../../sandbox/identity/walk.ts'
import { API, build, cookiesOf, type Env, signInPerson, type TestApp } from '../helper.ts'

const [OLD, NEW] = ['old-session-secret-0123456789abcdef', 'new-session-secret-0123456789abcdef']

/** The same server after a restart with other secrets. */
const restart = (t: Parameters<typeof build>[0], { config }: TestApp, env: Env) =>
  build(t, { DATABASE_PATH: config.DATABASE_PATH, ...env })

const whoIs = async ({ app }: TestApp, cookie: string) => {
  const answer = await app.inject({ url: '/api/auth/session', headers: { cookie } })
  return { user: answer.json().user, issued: cookiesOf(answer.headers).sid }
}

t.test(
  'a cookie signed with an old secret of the list works and is issued anew; with a removed one it does not',
  async (t) => {
    const before = await build(t, { SESSION_SECRET: OLD })
    const { cookie, userId } = await signInPerson(before)
    t.match(await whoIs(before, cookie), { user: { id: userId }, issued: undefined })

    const rotating = await restart(t, before, { SESSION_SECRET: `${NEW},${OLD}` })
    const { user, issued } = await whoIs(rotating, cookie)
    t.equal(user.id, userId)
    t.ok(issued)
    t.not(issued, cookie)
    t.match(await whoIs(rotating, issued ?? ''), { user: { id: userId }, issued: undefined })

    const rotated = await restart(t, before, { SESSION_SECRET: NEW })
    t.same(await whoIs(rotated, cookie), { user: undefined, issued: undefined })
    t.match(await whoIs(rotated, issued ?? ''), { user: { id: userId } })
  },
)

t.test('the signed value of one cookie is worth nothing in another', async (t) => {
  const identity = await startIdentity({
    port: 0,
    clientId: 'oo-test',
    clientSecret: 'google-client-secret',
    redirectUris: [`${API}/api/auth/callback`],
  })
  t.teardown(() => identity.close())
  const world = await build(t, { GOOGLE_ISSUER: identity.issuer })
  const { app } = world
  const { cookie, userId } = await signInPerson(world)
  const begin = async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { accept: 'application/json' },
    })
    const attempt = cookiesOf(answer.headers).oauth_google ?? ''
    const back = await signInThroughPages({
      authorizationUrl: answer.json().authorizationUrl,
      login: 'ada',
    })
    return { attempt, callback: new URL(back).pathname + new URL(back).search }
  }
  const signedPart = (pair: string) => pair.slice(pair.indexOf('=') + 1)
  const { attempt, callback } = await begin()

  t.same((await whoIs(world, `sid=${signedPart(attempt)}`)).user, undefined)
  for (const forged of [
    `oauth_google=${signedPart(cookie)}`,
    `oauth_todoist=${signedPart(attempt)}`,
  ]) {
    const answer = await app.inject({ url: callback, headers: { cookie: forged } })
    t.match(answer.json(), { status: 400, code: 'oauth_state_invalid' }, forged)
    t.notOk(cookiesOf(answer.headers).sid)
  }
  t.equal((await whoIs(world, cookie)).user.id, userId, 'each in its place is good')
  t.equal((await app.inject({ url: callback, headers: { cookie: attempt } })).statusCode, 303)
})

t.test('a changed, cut, unsigned or foreign value is no session, and no error', async (t) => {
  const world = await build(t)
  const { cookie } = await signInPerson(world)
  const other = await signInPerson(await build(t))
  const value = decodeURIComponent(cookie.slice('sid='.length))
  const [payload = '', signature = ''] = value.split(/\.(?=[^.]*$)/)
  const [, otherSignature] = decodeURIComponent(other.cookie.slice(4)).split(/\.(?=[^.]*$)/)
  const bad = [
    ...[payload, `${payload}.`, `.${signature}`, `${payload}x.${signature}`, signature],
    ...[
      `${payload}.${otherSignature}`,
      `${payload}.${signature.slice(0, -1)}`,
      '',
      '.',
      'sid:',
      '%',
    ],
    ...[`x${value}`, `${value};${value}`, value.toUpperCase(), 'x'.repeat(8_000)],
  ]
  for (const one of bad) {
    const answer = await world.app.inject({
      url: '/api/auth/session',
      headers: { cookie: `sid=${encodeURIComponent(one)}` },
    })
    t.same([answer.statusCode, answer.json()], [200, {}], one.slice(0, 80))
  }
  t.same((await whoIs(world, other.cookie)).user, undefined, 'of another server')
})

const CONFIGURATIONS: [what: string, api: string, web: string, name: string, flags: string[]][] = [
  ['http, one host', 'http://localhost:3001', 'http://localhost:3000', 'sid', ['SameSite=Lax']],
  [
    'https, one site',
    'https://api.oo.test',
    'https://app.oo.test',
    '__Host-sid',
    ['Secure', 'SameSite=Lax'],
  ],
  [
    'https, one host',
    'https://oo.test',
    'https://oo.test',
    '__Host-sid',
    ['Secure', 'SameSite=Lax'],
  ],
  [
    'https, two sites',
    'https://oo-api.test',
    'https://oo.test',
    '__Host-sid',
    ['Secure', 'SameSite=None'],
  ],
  [
    'https, two users of a public suffix',
    'https://a.github.io',
    'https://b.github.io',
    '__Host-sid',
    ['Secure', 'SameSite=None'],
  ],
]

for (const [what, API_BASE_URL, WEB_BASE_URL, name, flags] of CONFIGURATIONS) {
  t.test(`name and flags: ${what}`, async (t) => {
    const world = await build(t, { API_BASE_URL, WEB_BASE_URL })
    const answer = await world.app.inject({
      method: 'POST',
      url: '/api/auth/token',
      payload: { token: world.config.ADMIN_TOKEN },
    })
    const [pair = '', ...attributes] = String(answer.headers['set-cookie']).split('; ')
    t.equal(pair.slice(0, pair.indexOf('=')), name)
    const rest = attributes.filter((attribute) => !attribute.startsWith('Max-Age='))
    t.same(rest.sort(), ['HttpOnly', 'Path=/', ...flags].sort())
    // The plain name is nobody's on https: a sibling host could have planted it.
    const plain = `sid${pair.slice(pair.indexOf('='))}`
    t.equal((await whoIs(world, plain)).user === undefined, name !== 'sid')
    t.ok((await whoIs(world, pair)).user)
  })
}
