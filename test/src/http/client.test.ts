import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { createServiceClient, UpstreamError } from '../../../src/http/client.ts'

async function serve(t: Test, listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function clientOf(t: Test, baseUrl: string, options = {}) {
  const client = createServiceClient({ name: 'service', baseUrl, ...options })
  t.teardown(() => client.close())
  const ask = client.operation({
    name: 'ask',
    method: 'POST',
    timeoutMs: 200,
    maxBytes: 1_000,
    answer: Type.Object({ answer: Type.Integer() }),
  })
  return (body?: object) => ask({ path: '/ask', ...(body && { body }) })
}

const failureOf = async (call: Promise<unknown>): Promise<UpstreamError> => {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  )
  if (error instanceof UpstreamError) return error
  throw new Error(`expected an UpstreamError, got ${error}`)
}

t.test('an answer that fits its schema comes back', async (t) => {
  const url = await serve(t, (request, response) => {
    t.equal(request.headers['content-type'], 'application/json')
    response.end('{"answer":42,"more":true}')
  })
  t.match(await clientOf(t, url)({ question: 1 }), { answer: 42 })
})

const bad: [string, RequestListener, Partial<UpstreamError>][] = [
  ['HTML', (_q, r) => r.end('<p>hello'), { failure: 'invalid' }],
  ['another shape', (_q, r) => r.end('{"answer":"42"}'), { failure: 'invalid' }],
  ['nothing', (_q, r) => r.end(), { failure: 'invalid' }],
  ['too much', (_q, r) => r.end(`{"answer":1,"x":"${'x'.repeat(2_000)}"}`), { failure: 'invalid' }],
  [
    '500',
    (_q, r) => r.writeHead(500).end('{"e":1}'),
    { failure: 'status', status: 500, body: { e: 1 } },
  ],
  [
    'a redirect',
    (_q, r) => r.writeHead(302, { location: '/x' }).end(),
    { failure: 'status', status: 302 },
  ],
  ['never', () => {}, { failure: 'timeout' }],
  ['a slow body', (_q, r) => void r.write('{'), { failure: 'timeout' }],
  ['a cut connection', (q) => q.socket.destroy(), { failure: 'unreachable' }],
  [
    'half a body',
    (_q, r) => {
      r.writeHead(200, { 'content-length': '100' })
      r.write('{"answer":', () => r.destroy())
    },
    { failure: 'unreachable' },
  ],
]
for (const [what, listener, expected] of bad) {
  t.test(`a service that answers ${what} is an error that says so`, async (t) => {
    const url = await serve(t, listener)
    const error = await failureOf(clientOf(t, url)())
    t.match(error, expected)
    t.notMatch(error.message, url)
  })
}

t.test(
  'the breaker opens after five failures in a row, answers at once, and closes again',
  async (t) => {
    let healthy = false
    let calls = 0
    const url = await serve(t, (_request, response) => {
      calls += 1
      if (healthy) response.end('{"answer":1}')
      else response.writeHead(503).end()
    })
    const ask = clientOf(t, url, { halfOpenAfterMs: 150 })
    for (let i = 0; i < 5; i += 1) t.equal((await failureOf(ask())).failure, 'status')
    t.equal((await failureOf(ask())).failure, 'circuit_open')
    t.equal(calls, 5, 'an open breaker asks nobody')
    healthy = true
    await new Promise((resolve) => setTimeout(resolve, 200))
    t.same(await ask(), { answer: 1 })
    t.same(await ask(), { answer: 1 })
  },
)

t.test('a refused request is no illness: the breaker stays closed', async (t) => {
  let calls = 0
  const url = await serve(t, (_request, response) => {
    calls += 1
    response.writeHead(400).end()
  })
  const ask = clientOf(t, url)
  for (let i = 0; i < 8; i += 1) t.match(await failureOf(ask()), { failure: 'status', status: 400 })
  t.equal(calls, 8)
})
