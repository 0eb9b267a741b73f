import t from 'tap'
import { API, build, cookiesOf, signInAsAdmin, signInPerson, WEB } from '../helper.ts'
import { type Operation, operationsOf, unsafeOperationsOf, urlOf } from '../openapi.ts'

const ORIGINS = [
  undefined,
  WEB,
  API,
  'null',
  'https://evil.test',
  `${WEB}.evil.test`,
  'HTTP://LOCALHOST:3000',
  WEB.replace('http:', 'https:'),
]
const SITES = [undefined, 'same-origin', 'none', 'same-site', 'cross-site']

/** The rule of the contract, written a second time. */
const isRefused = (origin: string | undefined, site: string | undefined): boolean =>
  origin === undefined
    ? site === 'same-site' || site === 'cross-site'
    : origin !== WEB && origin !== API

/** Every combination of the two headers, either of them possibly missing. */
const matrix = ORIGINS.flatMap((origin) =>
  SITES.map((site) => ({
    headers: { ...(origin && { origin }), ...(site && { 'sec-fetch-site': site }) },
    refused: isRefused(origin, site),
  })),
)

/** Ends the session or the account of whoever calls it when it is let through. */
const ENDING = ['logout', 'deleteAccount', 'endOtherSessions']
const named = ({ operationId }: Operation) => operationId

t.test(
  'every unsafe operation × origin × site × signed in: refused as the contract says',
  async (t) => {
    const world = await build(t, { SIM_COMMAND: 'true' })
    const { app } = world
    const person = await signInPerson(world)
    const cookies = ['', person.cookie, await signInAsAdmin(world)]
    const operations = unsafeOperationsOf(app)
    t.ok(operations.length > 15)
    for (const operation of operations) {
      for (const { headers, refused } of matrix) {
        // Let through, these would end the session that the rest needs: their refusal is what is looked at.
        if (!refused && ENDING.includes(operation.operationId)) continue
        for (const cookie of cookies) {
          const { method } = operation
          const answer = await app.inject({
            method,
            url: urlOf(operation),
            headers: { ...headers, cookie },
          })
          const code = answer.body === '' ? undefined : answer.json().code
          const what = `${named(operation)} ${JSON.stringify(headers)}`
          if (refused) t.same([answer.statusCode, code], [403, 'origin_refused'], what)
          else t.not(code, 'origin_refused', what)
          if (refused) t.same(cookiesOf(answer.headers), {}, what)
        }
      }
    }
    const session = await app.inject({
      url: '/api/auth/session',
      headers: { cookie: person.cookie },
    })
    t.ok(session.json().user, 'and nothing has changed: the session lives')
  },
)

t.test('a method that no route has is refused from elsewhere as well', async (t) => {
  const { app } = await build(t)
  for (const method of ['PUT', 'PATCH', 'POST', 'DELETE'] as const) {
    for (const url of ['/api/nowhere', '/api/user/profile', '/health', '/']) {
      const answer = await app.inject({ method, url, headers: { origin: 'https://evil.test' } })
      t.same([answer.statusCode, answer.json().code], [403, 'origin_refused'], `${method} ${url}`)
    }
  }
})

t.test('our own pages and programs without these headers pass', async (t) => {
  const { app } = await build(t)
  for (const { headers, refused } of matrix.filter((one) => !one.refused)) {
    const answer = await app.inject({ method: 'POST', url: '/api/auth/logout', headers })
    t.equal(answer.statusCode, 204, JSON.stringify({ headers, refused }))
  }
})

t.test('reading is not restricted by origin, and changes nothing', async (t) => {
  const world = await build(t)
  const { app } = world
  const { cookie } = await signInPerson(world)
  const reads = operationsOf(app).filter(({ method }) => method === 'GET')
  for (const operation of reads) {
    const headers = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site', cookie }
    const answer = await app.inject({ url: urlOf(operation), headers })
    t.not(answer.statusCode === 403 && answer.json().code, 'origin_refused', named(operation))
  }
  t.ok((await app.inject({ url: '/api/auth/session', headers: { cookie } })).json().user)
})
