import t from 'tap'
import { build, cookiesOf, signInAsAdmin, signInPerson } from '../helper.ts'

t.test('the admin token opens a session of the built-in administrator', async (t) => {
  const world = await build(t)
  const cookie = await signInAsAdmin(world)
  const answer = await world.app.inject({ url: '/api/auth/session', headers: { cookie } })
  t.match(answer.json(), { user: { role: 'admin', name: 'Administrator' } })
  const person = await signInPerson(world)
  const mine = await world.app.inject({
    url: '/api/auth/sessions',
    headers: { cookie: person.cookie },
  })
  t.equal(mine.statusCode, 200)
  t.match(mine.json(), { items: [{ current: true, kind: 'oidc' }] })
  const out = await world.app.inject({
    method: 'POST',
    url: '/api/auth/logout',
    headers: { cookie },
  })
  t.equal(out.statusCode, 204)
  t.equal(cookiesOf(out.headers).sid, 'sid=')
  t.same((await world.app.inject({ url: '/api/auth/session', headers: { cookie } })).json(), {})
  const wrong = await world.app.inject({
    method: 'POST',
    url: '/api/auth/token',
    payload: { token: 'x', y: 1 },
  })
  console.log(wrong.body, wrong.headers)
  for (const u of ['/nope', '/api/nope', '/api/auth/sessions', '/api/openapi.json', '/%zz'])
    console.log((await world.app.inject(u)).body.slice(0, 300))
})
