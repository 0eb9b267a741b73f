import type { HTTPMethods } from 'fastify'
import t from 'tap'
import { API, build, signInPerson, WEB } from '../helper.ts'

const refused = [
  { origin: 'https://evil.test' },
  { origin: 'null' },
  { origin: `${WEB}.evil.test` },
  { origin: WEB.replace('http:', 'https:') },
  { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]
const allowed = [
  {},
  { origin: WEB },
  { origin: API },
  { origin: WEB, 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
]

/** Every unsafe route there is, with its parameters filled in. */
function unsafeRoutes(document: { paths: Record<string, Record<string, unknown>> }) {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => ['post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => ({
        method: method.toUpperCase() as HTTPMethods & 'POST',
        url: path.replace(/\{\w+\}/g, 'x'),
      })),
  )
}

t.test(
  'an unsafe request from another page is refused on every route, signed in or not',
  async (t) => {
    const world = await build(t)
    const { app } = world
    const { cookie } = await signInPerson(world)
    const routes = unsafeRoutes(JSON.parse(app.openapiText))
    t.ok(routes.length > 4)
    for (const route of routes) {
      for (const headers of refused) {
        for (const signedIn of [{}, { cookie }]) {
          const answer = await app.inject({ ...route, headers: { ...headers, ...signedIn } })
          const what = `${route.method} ${route.url} ${JSON.stringify(headers)}`
          t.same([answer.statusCode, answer.json().code], [403, 'origin_refused'], what)
        }
      }
    }
    const session = await app.inject({ url: '/api/auth/session', headers: { cookie } })
    t.ok(session.json().user, 'and nothing has changed: the session lives')
  },
)

t.test('our own pages and programs without these headers pass', async (t) => {
  const { app } = await build(t)
  for (const headers of allowed) {
    const answer = await app.inject({ method: 'POST', url: '/api/auth/logout', headers })
    t.equal(answer.statusCode, 204, JSON.stringify(headers))
  }
})

t.test('reading is not restricted by origin', async (t) => {
  const { app } = await build(t)
  for (const headers of refused) {
    t.equal((await app.inject({ url: '/api/auth/session', headers })).statusCode, 200)
  }
})
