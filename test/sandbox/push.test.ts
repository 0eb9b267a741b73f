import { createECDH } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import webpush from 'web-push'
import { startPushService } from '../../sandbox/push/start.ts'
import type { PushMessage, SubscriptionJson } from '../../sandbox/push/subscriptions.ts'

const vapid = webpush.generateVAPIDKeys()
const SUBJECT = 'mailto:ops@example.com'

/** A push service and an application server's side of it: web-push for the message, fetch for the way. */
async function setUp(t: Test) {
  const service = await startPushService({ port: 0 })
  t.teardown(() => service.close())

  const subscribe = async (body?: object): Promise<SubscriptionJson> => {
    const answer = await fetch(`${service.url}/subscriptions`, {
      method: 'POST',
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    t.equal(answer.status, 201)
    return (await answer.json()) as SubscriptionJson
  }
  const send = (
    to: SubscriptionJson,
    text: string,
    changes: Record<string, string | null> = {},
  ) => {
    const details = webpush.generateRequestDetails(to, text, {
      TTL: 60,
      urgency: 'low',
      topic: 'tip',
      vapidDetails: { subject: SUBJECT, ...vapid },
    })
    const headers = new Headers()
    for (const [name, value] of Object.entries({ ...details.headers, ...changes })) {
      if (name !== 'Content-Length' && value !== null) headers.set(name, String(value))
    }
    return fetch(to.endpoint, { method: 'POST', headers, body: new Uint8Array(details.body ?? []) })
  }
  const of = ({ endpoint }: SubscriptionJson, rest: string) =>
    endpoint.replace('/push/', '/subscriptions/') + rest
  const messages = async (subscription: SubscriptionJson) =>
    (await (await fetch(of(subscription, '/messages'))).json()) as PushMessage[]
  return { service, subscribe, send, of, messages }
}

/** A VAPID header like web-push's, but with claims of one's own. */
async function vapidHeader(claims: { aud?: string; exp?: number; sub?: string }): Promise<string> {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(vapid.privateKey, 'base64url')
  const point = ecdh.getPublicKey()
  const key = await importJWK(
    {
      kty: 'EC',
      crv: 'P-256',
      d: vapid.privateKey,
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    'ES256',
  )
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(key)
  return `vapid t=${token}, k=${vapid.publicKey}`
}

const inHours = (hours: number) => Math.floor(Date.now() / 1000) + hours * 3600

t.test('an encrypted push arrives as text, with its hints', async (t) => {
  const { service, subscribe, send, messages } = await setUp(t)
  const subscription = await subscribe({ applicationServerKey: vapid.publicKey })
  t.equal(Buffer.from(subscription.keys.p256dh, 'base64url').length, 65)
  t.equal(Buffer.from(subscription.keys.auth, 'base64url').length, 16)
  t.equal(subscription.expirationTime, null)

  const answer = await send(subscription, '{"title":"Drink water ☕"}')
  t.equal(answer.status, 201)
  const message = await fetch(answer.headers.get('location') ?? '')
  t.match(await message.json(), { id: 1, topic: 'tip' })
  t.match(await messages(subscription), [
    { id: 1, ttl: 60, urgency: 'low', topic: 'tip', data: '{"title":"Drink water ☕"}' },
  ])
  t.strictSame(service.messages(subscription.endpoint), await messages(subscription))
})

t.test('a push that lacks something is refused and not delivered', async (t) => {
  const { service, subscribe, send, messages } = await setUp(t)
  const subscription = await subscribe()
  const other = await subscribe()
  const refusals: Array<[Record<string, string | null>, number, RegExp]> = [
    [{ TTL: null }, 400, /TTL/],
    [{ TTL: 'soon' }, 400, /TTL/],
    [{ 'Content-Encoding': 'aesgcm' }, 415, /aes128gcm/],
    [{ Authorization: null }, 401, /missing/],
    [{ Authorization: 'Bearer x' }, 401, /vapid/],
  ]
  for (const [changes, status, text] of refusals) {
    const answer = await send(subscription, 'x', changes)
    t.equal(answer.status, status)
    t.match(await answer.text(), text)
  }
  const forOther = { ...other, endpoint: subscription.endpoint }
  t.equal((await send(forOther, 'x')).status, 400, 'encrypted for somebody else')
  t.equal((await send(subscription, 'x'.repeat(5000))).status, 413)
  const nobody = { ...subscription, endpoint: `${service.url}/push/nobody` }
  t.equal((await send(nobody, 'x')).status, 404)
  t.strictSame(await messages(subscription), [])
})

t.test('the sender must say truly who it is', async (t) => {
  const { service, subscribe, send } = await setUp(t)
  const subscription = await subscribe()
  const good = { aud: service.url, exp: inHours(12), sub: SUBJECT }
  const status = async (claims: typeof good) => {
    const answer = await send(subscription, 'x', { Authorization: await vapidHeader(claims) })
    return answer.status
  }
  t.equal(await status(good), 201)
  t.equal(await status({ ...good, aud: 'https://push.example.com' }), 403)
  t.equal(await status({ ...good, exp: inHours(25) }), 403)
  t.equal(await status({ ...good, exp: inHours(-1) }), 403)
  t.equal(await status({ ...good, sub: 'me' }), 403)

  const foreign = webpush.generateVAPIDKeys().publicKey
  const [token] = (await vapidHeader(good)).split(', k=')
  for (const key of [foreign, 'AAAA', Buffer.alloc(65, 4).toString('base64url')]) {
    t.equal((await send(subscription, 'x', { Authorization: `${token}, k=${key}` })).status, 403)
  }
  const restricted = await subscribe({ applicationServerKey: foreign })
  t.equal((await send(restricted, 'x')).status, 403, 'bound to another application server')
})

t.test('pushes can be made to fail, and a device to vanish', async (t) => {
  const { service, subscribe, send, of, messages } = await setUp(t)
  const subscription = await subscribe()
  const fault = (body: object) =>
    fetch(of(subscription, '/fault'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  for (const status of [404, 410, 500]) {
    t.equal((await fault({ status })).status, 204)
    t.equal((await send(subscription, 'x')).status, status)
  }
  await fault({ status: 429, retryAfter: 30 })
  const limited = await send(subscription, 'x')
  t.equal(limited.status, 429)
  t.equal(limited.headers.get('retry-after'), '30')
  t.equal((await fault({ status: 200 })).status, 400)
  await fault({ status: null })
  t.equal((await send(subscription, 'arrives')).status, 201)
  t.equal((await messages(subscription)).length, 1)

  service.fault(subscription.endpoint, { status: 503 })
  t.equal((await send(subscription, 'x')).status, 503)
  service.fault(subscription.endpoint, undefined)
  t.equal((await fetch(of(subscription, ''), { method: 'DELETE' })).status, 204)
  t.equal((await send(subscription, 'x')).status, 410)

  const second = service.subscribe()
  service.unsubscribe(second.endpoint)
  t.equal((await send(second, 'x')).status, 410)
  t.throws(() => service.messages(`${service.url}/push/nobody`), /no subscription/)
  t.equal((await fetch(`${service.url}/subscriptions/nobody/messages`)).status, 404)
})

t.test('a page of another origin follows the messages as they come', async (t) => {
  const { subscribe, send, of } = await setUp(t)
  const subscription = await subscribe()
  await send(subscription, 'before')
  const follow = async (headers: Record<string, string> = {}) => {
    const answer = await fetch(of(subscription, '/stream'), {
      headers: { origin: 'http://localhost:3000', ...headers },
    })
    t.equal(answer.headers.get('access-control-allow-origin'), '*')
    t.match(answer.headers.get('content-type'), 'text/event-stream')
    return answer
  }
  const live = await follow()
  const resumed = await follow({ 'last-event-id': '0' })
  await send(subscription, 'after')
  await fetch(of(subscription, ''), { method: 'DELETE' })
  const seen = async (answer: Response) =>
    [...(await answer.text()).matchAll(/^id: (\d)\ndata: (.*)$/gm)].map(
      ([, id, data]) => `${id} ${JSON.parse(data ?? '').data}`,
    )
  t.strictSame(await seen(live), ['2 after'])
  t.strictSame(await seen(resumed), ['1 before', '2 after'])

  const preflight = await fetch(of(subscription, ''), {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'DELETE' },
  })
  t.match(preflight.headers.get('access-control-allow-methods'), 'DELETE')
})

t.test('a stream that nobody ends does not hold up closing', async (t) => {
  const service = await startPushService({ port: 0 })
  const { endpoint } = service.subscribe()
  const answer = await fetch(`${endpoint.replace('/push/', '/subscriptions/')}/stream`)
  await service.close()
  await t.rejects(answer.text())
})
