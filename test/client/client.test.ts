import type { AddressInfo } from 'node:net'
import { createAdminClient, NoAnswerError, ProblemError, take } from 'oo-admin'
import t, { type Test } from 'tap'
import { build, type Env, signInPerson } from '../helper.ts'

async function serve(t: Test, env: Env = {}) {
  const world = await build(t, env)
  await world.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = world.app.server.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}`
  return {
    ...world,
    baseUrl,
    client: createAdminClient({ baseUrl, token: world.config.ADMIN_TOKEN }),
  }
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error) => error,
  )
}

t.test(
  'with the admin token calls are signed in, once for many and again when needed',
  async (t) => {
    const { app, client } = await serve(t)
    const [health, stats] = await Promise.all([client.health(), client.stats({ days: 7 })])
    t.match(health.checks.db, { status: 'ok' })
    t.equal(stats.series.length, 7)
    const sessions = () => app.db.selectFrom('sessions').selectAll().execute()
    t.equal((await sessions()).length, 1, 'one session for both')

    await app.db.deleteFrom('sessions').execute()
    app.sessions.forget()
    t.match(await client.signedIn(), undefined)
    t.ok(await client.policies(), 'an ended session is followed by a new one')
    t.match(await client.signedIn(), { role: 'admin' })

    await client.signOut()
    t.equal((await sessions()).length, 0)
  },
)

t.test('what the server refuses is an error to switch on', async (t) => {
  const { baseUrl, client } = await serve(t)
  const missing = await failure(client.user('nobody'))
  t.type(missing, ProblemError)
  t.match(missing, { status: 404, code: 'not_found', traceId: /^[0-9a-f]{32}$/ })

  const wrong = await failure(client.stats({ days: 1_000 }))
  t.match(wrong, { code: 'validation_failed', errors: [{ path: /days/ }] })

  const stranger = createAdminClient({ baseUrl })
  t.match(await failure(stranger.health()), { code: 'unauthenticated' })
  const impostor = createAdminClient({ baseUrl, token: 'not the token' })
  t.match(await failure(impostor.health()), { code: 'invalid_token' })
})

t.test('a rate limit tells when to come back', async (t) => {
  const { client } = await serve(t, { RATE_LIMIT_USER: '2' })
  await client.policies()
  const limited = (await failure(
    Promise.all([client.policies(), client.policies(), client.policies()]),
  )) as ProblemError
  t.match(limited, { code: 'rate_limited' })
  t.ok((limited.retryAfterSeconds ?? 0) > 0)
})

t.test('no server, or another one, is no answer', async (t) => {
  const nobody = createAdminClient({ baseUrl: 'http://127.0.0.1:9' })
  t.type(await failure(nobody.health()), NoAnswerError)
  const page = createAdminClient({
    baseUrl: 'http://127.0.0.1:9',
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
  })
  t.type(await failure(page.health()), NoAnswerError)
})

t.test('a list is read page by page, and no further than asked', async (t) => {
  const world = await serve(t)
  for (let i = 0; i < 7; i++)
    await signInPerson(world, { email: `p${i}@example.com`, name: `P ${i}` })
  let calls = 0
  const client = createAdminClient({
    baseUrl: world.baseUrl,
    token: world.config.ADMIN_TOKEN,
    fetch: (...call) => {
      calls++
      return fetch(...call)
    },
  })
  const emails = new Set<string | null>()
  for await (const { email } of client.users({ limit: 3, q: 'p' })) emails.add(email)
  t.equal(emails.size, 7)
  calls = 0
  t.equal((await take(client.users({ limit: 3 }), 2)).length, 2)
  t.equal(calls, 1)
})
