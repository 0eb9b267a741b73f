import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import webPush from 'web-push'
import { startPushService } from '../../../sandbox/push/start.ts'
import { testNotice } from '../../../src/push/notice.ts'
import { createSender, type SenderOptions } from '../../../src/push/send.ts'

const vapid = { subject: 'mailto:ops@example.com', ...webPush.generateVAPIDKeys() }
const notice = testNotice('http://localhost:3000/')
const NOW = Date.parse('2026-11-22T09:00:00Z')

async function setUp(t: Test, options: Partial<SenderOptions> = {}) {
  const service = await startPushService({ port: 0 })
  const failures: Record<string, unknown>[] = []
  const sender = createSender({
    vapid,
    allowedOrigins: new Set([service.url]),
    resolve: async () => [],
    clock: () => NOW,
    onFailure: (failure) => void failures.push(failure),
    ...options,
  })
  t.teardown(() => Promise.all([sender.close(), service.close()]))
  return { service, sender, failures }
}

async function listen(t: Test, server: Server) {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('a message is signed, encrypted and delivered', async (t) => {
  const { service, sender, failures } = await setUp(t)
  const subscription = service.subscribe(vapid.publicKey)
  t.same(await sender.send(subscription, notice), { kind: 'sent' })
  t.same(failures, [])
  const [message] = service.messages(subscription.endpoint)
  t.match(message, { ttl: 60, urgency: 'high', topic: 'test' })
  t.match(JSON.parse(message?.data ?? ''), { title: 'oo', url: 'http://localhost:3000/' })
})

t.test('the answer of the push service decides what becomes of the device', async (t) => {
  const { service, sender, failures } = await setUp(t)
  const subscription = service.subscribe(vapid.publicKey)
  const answering = (status: number, retryAfter?: number) => {
    service.fault(subscription.endpoint, { status, ...(retryAfter && { retryAfter }) })
    return sender.send(subscription, notice)
  }
  t.same(await answering(404), { kind: 'removed' })
  t.same(await answering(410), { kind: 'removed' })
  t.same(failures, [], 'a device that is gone is nothing to worry about')
  t.same(await answering(429, 120), { kind: 'failed', notBefore: NOW + 120_000 })
  t.same(await answering(429), { kind: 'failed', notBefore: NOW + 60_000 })
  t.same(await answering(429, 10 ** 9), { kind: 'failed', notBefore: NOW + 86_400_000 })
  t.same(await answering(500), { kind: 'failed' })
  failures.length = 0
  t.same(await answering(403), { kind: 'failed' })
  t.same(failures, [{ host: new URL(service.url).host, reason: 'vapid', status: 403 }])
})

t.test('a redirect is not followed', async (t) => {
  const paths: (string | undefined)[] = []
  const redirect: RequestListener = (request, reply) => {
    paths.push(request.url)
    reply.writeHead(307, { location: '/elsewhere' }).end()
  }
  const origin = `http://127.0.0.1:${await listen(t, createServer(redirect))}`
  const { service, sender } = await setUp(t, { allowedOrigins: new Set([origin]) })
  const { keys } = service.subscribe()
  t.same(await sender.send({ endpoint: `${origin}/push`, keys }, notice), { kind: 'failed' })
  t.same(paths, ['/push'])
})

t.test('a name that leads inside by now is not connected to', async (t) => {
  for (const addresses of [['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::ffff:8.8.8.8']]) {
    const { service, sender, failures } = await setUp(t, { resolve: async () => addresses })
    const { keys } = service.subscribe()
    const endpoint = 'https://push.example.com/secret-part'
    t.same(await sender.send({ endpoint, keys }, notice), { kind: 'failed' })
    t.same(failures, [{ host: 'push.example.com', reason: 'address' }])
  }
})

t.test('an endpoint that was stored before a rule forbade it is refused as well', async (t) => {
  const { service, sender, failures } = await setUp(t, { allowedOrigins: new Set() })
  const subscription = service.subscribe()
  t.same(await sender.send(subscription, notice), { kind: 'failed' })
  t.equal(service.messages(subscription.endpoint).length, 0)
  t.match(failures, [{ reason: 'address' }])
})
