import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import errors from '../../plugins/errors.ts'
import overload, { type OverloadOptions } from '../../plugins/overload.ts'
import { build } from '../helper.ts'

/** A probe at the root, and a scope that turns requests away. */
async function twoScopes(t: Test, options: OverloadOptions) {
  const log: Record<string, unknown>[] = []
  const stream = { write: (line: string) => void log.push(JSON.parse(line)) }
  const app = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => app.close())
  await app.register(errors)
  app.get('/health', async () => ({ ok: true }))
  await app.register(async (api) => {
    await api.register(overload, options)
    api.get('/api/x', async () => ({ ok: true }))
  })
  await app.ready()
  const status = async (url: string) => (await app.inject(url)).statusCode
  return { app, log, status }
}

/** Does nothing for so long, and lets nobody else do anything. */
function block(forMs: number): void {
  for (const end = Date.now() + forMs; Date.now() < end; ) {}
}

t.test(
  'while the loop stays far behind, requests are turned away, and probes are not',
  async (t) => {
    const { app, log, status } = await twoScopes(t, { maxDelayMs: 100, everyMs: 500 })
    t.equal(await status('/api/x'), 200)
    while ((await status('/api/x')) === 200) {
      block(300)
      await sleep(1)
    }
    const answer = await app.inject('/api/x')
    t.equal(answer.statusCode, 503)
    t.match(answer.headers, { 'retry-after': '1', 'content-type': /^application\/problem\+json/ })
    t.match(answer.json(), { code: 'overloaded', status: 503, traceId: /./ })
    t.equal(await status('/health'), 200)
    t.equal(log.length, 1, 'said once, not for each request')
    t.match(log, [{ msg: 'requests are turned away', eventLoopDelayMs: Number }])

    while ((await status('/api/x')) === 503) await sleep(100)
    t.equal(await status('/api/x'), 200, 'and it goes on when the loop has caught up')
  },
)

t.test('a single pause is no overload, however long', async (t) => {
  const { status } = await twoScopes(t, { maxDelayMs: 500, everyMs: 500 })
  block(2_000)
  for (let i = 0; i < 15; i++) {
    await sleep(100)
    t.equal(await status('/api/x'), 200)
  }
})

t.test('who comes while too many wait is turned away at once; streams do not count', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(errors)
  await app.register(overload, { maxInFlight: 2 })
  const answer = Promise.withResolvers<{ ok: boolean }>()
  const open: PassThrough[] = []
  app.get('/slow', () => answer.promise)
  app.get('/stream', (_request, reply) => {
    const stream = new PassThrough()
    stream.write('begun')
    open.push(stream)
    return reply.send(stream)
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const streams = [await fetch(`${url}/stream`), await fetch(`${url}/stream`)]
  const left = new AbortController()
  const gone = fetch(`${url}/slow`, { signal: left.signal }).catch(() => {})
  const waiting = fetch(`${url}/slow`)
  while ((await statusOf('/none')) !== 503) await sleep(20)
  t.equal(await statusOf('/slow'), 503)

  left.abort()
  await gone
  while ((await statusOf('/none')) === 503) await sleep(20)
  answer.resolve({ ok: true })
  t.equal((await waiting).status, 200)
  t.equal(await statusOf('/slow'), 200)
  for (const stream of open) stream.end()
  for (const stream of streams) await stream.text()

  async function statusOf(path: string): Promise<number> {
    return (await fetch(url + path)).status
  }
})

t.test('the app has it where sessions are known; probes and metrics are outside', async (t) => {
  const { app } = await build(t)
  const chains = app.printPlugins()
  t.match(chains, /api[\s\S]*overload/)
  for (const url of ['/health', '/ready', '/metrics', '/api/auth/session']) {
    t.equal((await app.inject(url)).statusCode, 200, url)
  }
})
