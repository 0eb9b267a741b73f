import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import webPush from 'web-push'
import { type PushService, startPushService } from '../../sandbox/push/start.ts'
import type { Clock } from '../../src/clock.ts'
import { build, type Env, fakeClock, type Person, signInPerson, type TestApp } from '../helper.ts'

const vapid = webPush.generateVAPIDKeys()

const pushEnv = (service: PushService): Env => ({
  VAPID_PUBLIC_KEY: vapid.publicKey,
  VAPID_PRIVATE_KEY: vapid.privateKey,
  VAPID_SUBJECT: 'mailto:ops@example.com',
  PUSH_ALLOWED_ORIGINS: service.url,
})

async function setUp(t: Test, env: Env = {}, options: { clock?: Clock } = {}) {
  const service = await startPushService({ port: 0 })
  t.teardown(() => service.close())
  const world = await build(t, { ...pushEnv(service), ...env }, options)
  const person = await signInPerson(world)
  return { service, world, person, ...clientOf(world) }
}

function clientOf(world: TestApp) {
  const call = (
    { cookie }: Pick<Person, 'cookie'>,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    payload?: object,
  ) =>
    world.app.inject({
      method,
      url: `/api/push/${path}`,
      headers: { cookie },
      ...(payload && { payload }),
    })
  const consents = async ({ userId }: Person) => {
    const query = world.app.db.selectFrom('consents').selectAll().where('user_id', '=', userId)
    const rows = await query.orderBy('id').execute()
    return rows.filter(({ kind }) => kind === 'push').map(({ action }) => action)
  }
  const devicesOf = ({ userId }: Person) =>
    world.app.db
      .selectFrom('push_subscriptions')
      .selectAll()
      .where('user_id', '=', userId)
      .execute()
  return { call, consents, devicesOf }
}

const anywhere = (service: PushService, endpoint: string) => ({
  ...service.subscribe(),
  endpoint,
})

t.test('without VAPID keys push is off, whatever is asked', async (t) => {
  const world = await build(t)
  const { call } = clientOf(world)
  const person = await signInPerson(world)
  for (const [method, path] of [
    ['GET', 'key'],
    ['POST', 'subscribe'],
    ['DELETE', 'subscribe'],
    ['POST', 'test'],
  ] as const) {
    const answer = await call(person, method, path)
    t.equal(answer.statusCode, 503, `${method} ${path}`)
    t.equal(answer.json().code, 'push_disabled')
  }
})

t.test('push is for those who are signed in', async (t) => {
  const { call } = await setUp(t)
  for (const [method, path] of [
    ['GET', 'key'],
    ['POST', 'subscribe'],
    ['DELETE', 'subscribe'],
    ['POST', 'test'],
  ] as const) {
    t.equal((await call({ cookie: '' }, method, path)).statusCode, 401, `${method} ${path}`)
  }
})

t.test('a browser subscribes, is sent a test notice, and unsubscribes', async (t) => {
  const { service, person, call, consents } = await setUp(t)
  const { publicKey } = (await call(person, 'GET', 'key')).json()
  t.equal(publicKey, vapid.publicKey)

  const subscription = service.subscribe(publicKey)
  const first = await call(person, 'POST', 'subscribe', subscription)
  t.equal(first.statusCode, 201)
  const again = await call(person, 'POST', 'subscribe', subscription)
  t.equal(again.statusCode, 200)
  t.same(again.json(), first.json())
  t.same(await consents(person), ['granted'])

  const tested = await call(person, 'POST', 'test')
  t.equal(tested.statusCode, 200)
  t.same(tested.json(), { sent: 1, removed: 0, failed: 0 })
  t.match(JSON.parse(service.messages(subscription.endpoint)[0]?.data ?? ''), {
    title: 'oo',
    body: String,
    url: 'http://localhost:3000/',
  })

  const { endpoint } = subscription
  t.equal((await call(person, 'DELETE', 'subscribe', { endpoint })).statusCode, 204)
  t.same(await consents(person), ['granted', 'withdrawn'])
  t.equal((await call(person, 'DELETE', 'subscribe', { endpoint })).statusCode, 204)
  t.same(await consents(person), ['granted', 'withdrawn'], 'nothing to withdraw twice')
  t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 0, failed: 0 })
})

t.test('new keys for a known endpoint replace the old ones', async (t) => {
  const { service, person, call, devicesOf } = await setUp(t)
  const subscription = service.subscribe()
  const stale = { ...subscription, keys: service.subscribe().keys }
  await call(person, 'POST', 'subscribe', stale)
  await call(person, 'POST', 'subscribe', subscription)
  t.equal((await devicesOf(person)).length, 1)
  t.same((await call(person, 'POST', 'test')).json(), { sent: 1, removed: 0, failed: 0 })
})

t.test('an endpoint that is not https on a public host is refused', async (t) => {
  const { service, person, call, devicesOf } = await setUp(t)
  for (const endpoint of [
    'http://push.example.com/x',
    'https://127.0.0.1/x',
    'https://0x7f.1/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://localhost/x',
    'https://push.example.com:8443/x',
    'https://a:b@push.example.com/x',
    `${service.url.replace('http:', 'https:')}/push/1`,
    'not a url',
  ]) {
    const answer = await call(person, 'POST', 'subscribe', anywhere(service, endpoint))
    t.equal(answer.statusCode, 400, endpoint)
    t.match(answer.json(), {
      code: 'push_endpoint_refused',
      errors: [{ path: 'body.endpoint', message: String }],
    })
    t.notMatch(answer.body, endpoint, 'the endpoint is not said back')
  }
  t.same(await devicesOf(person), [])
  const fine = anywhere(service, 'https://push.example.com/x')
  t.equal((await call(person, 'POST', 'subscribe', fine)).statusCode, 201)
})

t.test('a subscription that cannot be encrypted for is refused, and the place named', async (t) => {
  const { service, person, call } = await setUp(t)
  const good = service.subscribe()
  const { p256dh, auth } = good.keys
  const bytes = Buffer.from(p256dh, 'base64url')
  const offCurve = Buffer.from(bytes.with(40, (bytes[40] ?? 0) ^ 1)).toString('base64url')
  const cases: [path: string, body: object][] = [
    ['body.keys.p256dh', { ...good, keys: { p256dh: 'AAAA', auth } }],
    ['body.keys.p256dh', { ...good, keys: { p256dh: offCurve, auth } }],
    ['body.keys.p256dh', { ...good, keys: { p256dh: `${p256dh.slice(0, -1)}!`, auth } }],
    ['body.keys.auth', { ...good, keys: { p256dh, auth: 'c2hvcnQ' } }],
    ['body.keys.auth', { ...good, keys: { p256dh } }],
    ['body.keys', { endpoint: good.endpoint }],
    ['body.endpoint', { keys: good.keys }],
    ['body.endpoint', { ...good, endpoint: `https://push.example.com/${'x'.repeat(2_000)}` }],
    ['body.expirationTime', { ...good, expirationTime: 'soon' }],
    ['body.extra', { ...good, extra: 1 }],
    ['body.keys.extra', { ...good, keys: { ...good.keys, extra: 1 } }],
  ]
  for (const [path, body] of cases) {
    const answer = await call(person, 'POST', 'subscribe', body)
    t.equal(answer.statusCode, 400, path)
    t.match(answer.json(), { code: 'validation_failed', errors: [{ path }] })
  }
})

t.test('an endpoint moves to whoever subscribed last', async (t) => {
  const { service, world, person, call, consents, devicesOf } = await setUp(t)
  const other = await signInPerson(world)
  const subscription = service.subscribe()
  await call(person, 'POST', 'subscribe', subscription)
  t.equal((await call(other, 'POST', 'subscribe', subscription)).statusCode, 201)
  t.same(await devicesOf(person), [])
  t.same(await consents(person), ['granted', 'withdrawn'])
  t.same(await consents(other), ['granted'])
  t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 0, failed: 0 })

  const { endpoint } = subscription
  t.equal((await call(person, 'DELETE', 'subscribe', { endpoint })).statusCode, 204)
  t.equal((await devicesOf(other)).length, 1, 'one cannot take away what is someone else’s')
})

t.test('of more than 20 devices the oldest goes', async (t) => {
  const { service, person, call, consents, devicesOf } = await setUp(t)
  const subscriptions = Array.from({ length: 22 }, () => service.subscribe())
  for (const subscription of subscriptions) await call(person, 'POST', 'subscribe', subscription)
  t.equal((await devicesOf(person)).length, 20)
  t.same((await call(person, 'POST', 'test')).json(), { sent: 20, removed: 0, failed: 0 })
  const heard = subscriptions.map(({ endpoint }) => service.messages(endpoint).length)
  t.same(heard, [0, 0, ...Array(20).fill(1)])
  t.same(await consents(person), ['granted'])
})

t.test('a device that is gone is forgotten, one that fails is kept', async (t) => {
  const { service, world, person, call, consents, devicesOf } = await setUp(t)
  const [gone, unknown, ill] = [service.subscribe(), service.subscribe(), service.subscribe()]
  for (const one of [gone, unknown, ill]) await call(person, 'POST', 'subscribe', one)
  service.unsubscribe(gone.endpoint)
  service.fault(unknown.endpoint, { status: 404 })
  service.fault(ill.endpoint, { status: 500 })
  t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 2, failed: 1 })
  t.equal((await devicesOf(person)).length, 1)
  t.same(await consents(person), ['granted'])

  service.unsubscribe(ill.endpoint)
  t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 1, failed: 0 })
  t.same(await consents(person), ['granted', 'withdrawn'], 'the consent goes with the last one')

  const events = await world.app.db
    .selectFrom('events')
    .select('payload')
    .where('type', '=', 'signals.push.sent')
    .where('user_id', '=', person.userId)
    .orderBy('seq')
    .execute()
  t.same(
    events.map(({ payload }) => JSON.parse(payload)),
    [
      { sent: 0, removed: 2, failed: 1 },
      { sent: 0, removed: 1, failed: 0 },
    ],
  )
})

t.test('a push service that asks for a pause gets it', async (t) => {
  const clock = fakeClock()
  const { service, person, call } = await setUp(t, {}, { clock })
  const subscription = service.subscribe()
  await call(person, 'POST', 'subscribe', subscription)
  service.fault(subscription.endpoint, { status: 429, retryAfter: 90 })
  t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 0, failed: 1 })
  service.fault(subscription.endpoint, undefined)
  clock.advance(89_000)
  t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 0, failed: 1 })
  t.equal(service.messages(subscription.endpoint).length, 0)
  clock.advance(2_000)
  t.same((await call(person, 'POST', 'test')).json(), { sent: 1, removed: 0, failed: 0 })
})

t.test(
  'a refused VAPID key is our own trouble: an error in the log, without the endpoint',
  async (t) => {
    const { service, world, person, call } = await setUp(t, { LOG_LEVEL: 'warn' })
    const subscription = service.subscribe(webPush.generateVAPIDKeys().publicKey)
    await call(person, 'POST', 'subscribe', subscription)
    t.same((await call(person, 'POST', 'test')).json(), { sent: 0, removed: 0, failed: 1 })
    const { host, pathname } = new URL(subscription.endpoint)
    const lines = world.log.filter(({ msg }) => msg === 'a push was not delivered')
    t.match(lines, [{ level: 'error', reason: 'vapid', status: 403, host }])
    t.notOk(JSON.stringify(world.log).includes(pathname))
  },
)

t.test('neither endpoint nor keys stand in the database in the clear', async (t) => {
  const { service, world, person, call } = await setUp(t)
  const subscription = service.subscribe()
  await call(person, 'POST', 'subscribe', subscription)
  const { DATABASE_PATH } = world.config
  const file = Buffer.concat([readFileSync(DATABASE_PATH), readFileSync(`${DATABASE_PATH}-wal`)])
  t.ok(file.includes(person.userId), 'the right files')
  const { pathname } = new URL(subscription.endpoint)
  for (const secret of [pathname, subscription.keys.auth, subscription.keys.p256dh]) {
    t.notOk(file.includes(secret))
  }
})

t.test(
  'each user with a device gets one tip at the time, from however many processes',
  async (t) => {
    const env = {
      PUSH_CRON: '* * * * * *',
      DATABASE_PATH: join(tmpdir(), `oo-test-${randomUUID()}.db`),
      SESSION_SECRET: randomUUID(),
    }
    const { service, world, person, call } = await setUp(t, env)
    await build(t, { ...pushEnv(service), ...env })
    const subscription = service.subscribe()
    const started = Date.now()
    await call(person, 'POST', 'subscribe', subscription)
    const messages = () => service.messages(subscription.endpoint)
    while (messages().length < 3 && Date.now() - started < 20_000) await sleep(50)
    const seconds = Math.ceil((Date.now() - started) / 1_000)

    t.ok(messages().length >= 3, 'tips come')
    t.ok(messages().length <= seconds + 1, `${messages().length} tips in ${seconds} s`)
    const { title, body, tipId, url } = JSON.parse(messages()[0]?.data ?? '')
    t.match({ title, url }, { title: String, url: 'http://localhost:3000/' })
    t.match(messages()[0], { topic: 'tip', urgency: 'normal' })
    const { items } = (
      await world.app.inject({ url: '/api/tips', headers: { cookie: person.cookie } })
    ).json()
    const tip = items.find(({ id }: { id: string }) => id === tipId)
    t.equal(tip?.text, body, 'it is one of the person’s tips')
  },
)

t.test('a tip that a crash left over is sent after the start', async (t) => {
  const clock = fakeClock(Date.parse('2026-11-22T08:59:00Z'))
  const { service, person, call } = await setUp(t, { PUSH_CRON: '0 9 * * *' }, { clock })
  const subscription = service.subscribe()
  await call(person, 'POST', 'subscribe', subscription)
  clock.advance(10 * 60_000)
  const messages = () => service.messages(subscription.endpoint)
  for (let waited = 0; messages().length === 0 && waited < 20_000; waited += 100) await sleep(100)
  t.equal(messages().length, 1)
})
