import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { AccountExportSchema, ProfileSchema } from '../../schemas/users.ts'
import { IDENTITY, startAccountWorld } from '../account-world.ts'
import { build, signInAsAdmin, signInPerson } from '../helper.ts'

/** Where a value breaks its schema, with all references in it resolved. */
function errorsIn(app: FastifyInstance, { $id }: { $id?: string }, value: unknown): unknown[] {
  const compile = AjvCompiler()(app.getSchemas() as never, {
    customOptions: { coerceTypes: false },
  })
  const validate = compile({ schema: { $ref: `${$id}#` } } as never)
  return validate(value) ? [] : (validate.errors ?? [])
}

t.test('one’s account is for those who are signed in', async (t) => {
  const { app } = await build(t)
  for (const [method, url] of [
    ['GET', '/api/user/profile'],
    ['GET', '/api/user/export'],
    ['DELETE', '/api/user'],
  ] as const) {
    t.equal((await app.inject({ method, url })).statusCode, 401, `${method} ${url}`)
  }
})

t.test('the profile of a newcomer', async (t) => {
  const world = await build(t)
  const person = await signInPerson(world, IDENTITY)
  const headers = { cookie: person.cookie }
  const answer = await world.app.inject({ url: '/api/user/profile', headers })
  t.equal(answer.statusCode, 200)
  const profile = answer.json()
  const integrations = (await world.app.inject({ url: '/api/integrations', headers })).json()
  t.same(profile, {
    id: person.userId,
    email: IDENTITY.email,
    name: IDENTITY.name,
    picture: null,
    role: 'user',
    createdAt: profile.createdAt,
    integrations: integrations.integrations,
    consents: [{ kind: 'terms', action: 'granted', at: profile.createdAt }],
    push: { devices: 0 },
  })
  const admin = await signInAsAdmin(world)
  const other = await world.app.inject({ url: '/api/user/profile', headers: { cookie: admin } })
  t.match(other.json(), { role: 'admin', name: 'Administrator', consents: [] })
})

t.test('the profile of somebody with everything', async (t) => {
  const { world, person } = await startAccountWorld(t)
  const headers = { cookie: person.cookie }
  const profile = (await world.app.inject({ url: '/api/user/profile', headers })).json()
  t.same(errorsIn(world.app, ProfileSchema, profile), [])
  t.match(profile.integrations, [{ provider: 'todoist', status: 'connected', taskCount: 40 }])
  t.same(
    profile.consents.map(({ kind, action }: Record<string, string>) => `${kind} ${action}`),
    ['terms granted', 'todoist granted', 'push granted'],
  )
  t.same(profile.push, { devices: 1 })
})

t.test('the export holds everything about a person, and nobody else’s', async (t) => {
  const { world, person, device, todoist } = await startAccountWorld(t)
  const stranger = await signInPerson(world)
  const headers = { cookie: person.cookie }
  const answer = await world.app.inject({ url: '/api/user/export', headers })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, {
    'content-type': /^application\/json/,
    'content-disposition': 'attachment; filename="oo-export.json"',
    'cache-control': 'no-store',
  })
  const account = answer.json()
  t.same(errorsIn(world.app, AccountExportSchema, account), [])
  t.match(account.profile, { id: person.userId, email: IDENTITY.email, subject: IDENTITY.subject })
  const lengths = Object.entries(account)
    .filter(([, value]) => Array.isArray(value))
    .map(([name, value]) => [name, (value as unknown[]).length])
  t.match(Object.fromEntries(lengths), {
    consents: 3,
    sessions: 1,
    integrations: 1,
    connectAttempts: 1,
    devices: 1,
    features: 1,
    idempotencyKeys: 1,
    tasks: 40,
    tips: 30,
  })
  t.match(account.tips[0], {
    candidates: Array,
    feedback: [{ action: 'done', reward: 1 }],
    shadows: [{ name: 'thompson', agreed: true }],
  })
  t.equal(account.devices[0].host, new URL(device.endpoint).host)
  t.ok(account.events.some(({ type }: { type: string }) => type === 'signals.task.synced'))

  t.notOk(answer.body.includes(stranger.userId))
  const sessions = await world.app.db.selectFrom('sessions').select('id_hash').execute()
  for (const secret of [
    ...todoist.control.tokens().map(({ accessToken }) => accessToken),
    ...sessions.map(({ id_hash }) => id_hash),
    new URL(device.endpoint).pathname,
    device.keys.auth,
    device.keys.p256dh,
  ]) {
    t.notOk(answer.body.includes(secret), 'no secret')
  }
})

t.test('each table about a person is in the export', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 1, tips: 1 })
  const headers = { cookie: person.cookie }
  const before = (await world.app.inject({ url: '/api/user/export', headers })).json()
  t.notOk(
    Object.entries(before).find(([name, value]) => {
      const empty = Array.isArray(value) && value.length === 0
      return empty && name !== 'administration'
    }),
    'no section is empty for somebody with everything',
  )
})

t.test('a large export lets others through', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 5_000, tips: 400 })
  // Time on the processor, not on the clock: a busy machine must not fail the test.
  const worked = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  const turns: number[] = []
  let running = true
  let last = worked()
  const tick = () => {
    const now = worked()
    turns.push(now - last)
    last = now
    if (running) setImmediate(tick)
  }
  setImmediate(tick)
  const headers = { cookie: person.cookie }
  const answer = await world.app.inject({ url: '/api/user/export', headers })
  running = false
  t.equal(answer.json().tasks.length, 5_000)
  t.equal(answer.json().tips.length, 400)
  t.ok(turns.length > 80, `${turns.length} turns of the loop`)
  // Not the longest one, which is the garbage collector's.
  const long = turns.sort((a, b) => a - b)[Math.floor(turns.length * 0.9)] ?? Infinity
  t.ok(long < 20, `nine turns in ten took less than ${long.toFixed(1)} ms`)
})
