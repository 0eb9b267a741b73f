import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import errors from '../../plugins/errors.ts'
import tracing, { traceIdOf } from '../../plugins/tracing.ts'
import { mlRoutes } from '../../routes/ml.ts'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'
import { ProblemSchema } from '../../schemas/problem.ts'
import { loadConfig } from '../../src/config.ts'
import { testEnv } from '../helper.ts'
import { listenFor, proxyTo, recordingUpstream } from '../ml-upstream.ts'
import { dial, parseRaw, sayRaw } from '../raw.ts'

const TOKEN = 'ml-serving-token-0123456789abcdef'
const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** An upstream that says exactly this over its socket. */
async function speakingUpstream(t: Test, speak: (socket: Socket) => void) {
  let calls = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      calls += 1
      speak(socket)
    })
  })
  return { url: await listenFor(t, server), calls: () => calls }
}

/** The proxy alone, with little patience. */
async function hastyProxy(t: Test, upstreamUrl: string): Promise<string> {
  const app = Fastify({ genReqId: traceIdOf, forceCloseConnections: true })
  app.decorate('config', loadConfig(testEnv({ ML_SERVING_URL: upstreamUrl })))
  app.addSchema(ProblemSchema)
  await app.register(tracing)
  await app.register(errors)
  await app.register(mlRoutes, { prefix: '/api', headersMs: 600, idleMs: 600 })
  t.teardown(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

/** A request to the proxy that stands alone. */
const LINES = ['GET /api/ml/x HTTP/1.1', 'host: x']

const problemIn = (body: string) => JSON.parse(body) as { code: string; detail: string }

t.test('of the caller’s headers only those that are listed reach ml/serving', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { address, cookie } = await proxyTo(t, url, { ML_SERVING_TOKEN: TOKEN })
  const answer = await sayRaw(t, address, [
    'GET /api/ml/x?a=1&a=2&b=%2F..%2F HTTP/1.1',
    'host: api.oo.test',
    `cookie: ${cookie}; theirs=1`,
    `traceparent: 00-${TRACE}-b7ad6b7169203331-01`,
    'tracestate: vendor=1',
    'accept: application/json',
    'content-type: text/x-question',
    'authorization: Bearer of-the-caller',
    'proxy-authorization: Basic b2Y6Y2FsbGVy',
    'user-agent: curl/8',
    'accept-encoding: gzip',
    'accept-language: de',
    'if-none-match: "v1"',
    'range: bytes=0-1',
    'origin: http://localhost:3000',
    'referer: http://localhost:3000/secret',
    'x-forwarded-for: 10.0.0.1',
    'x-forwarded-host: evil.test',
    'x-forwarded-proto: https',
    'forwarded: for=10.0.0.1',
    'x-real-ip: 10.0.0.1',
    'via: 1.1 evil',
    'te: trailers',
    'x-deadline-ms: 99999999',
    'x-http-method-override: DELETE',
    'baggage: a=1',
    'sentry-trace: 1',
  ])
  t.equal(answer.status, 200)
  t.equal(answer.body, 'here')
  const [request] = reached
  t.equal(request?.url, '/x?a=1&a=2&b=%2F..%2F', 'the query as it is')
  const headers = Object.fromEntries(request?.headers ?? [])
  t.same(Object.keys(headers).sort(), [
    'accept',
    'authorization',
    'connection',
    'content-type',
    'host',
    'traceparent',
    'tracestate',
    'x-deadline-ms',
  ])
  t.equal(request?.headers.length, 8, 'each once')
  t.equal(headers.host, new URL(url).host)
  t.equal(headers.authorization, `Bearer ${TOKEN}`)
  t.equal(headers['x-deadline-ms'], '10000')
  t.match(headers.traceparent, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
  t.notMatch(headers.traceparent, 'b7ad6b7169203331', 'a parent of our own')
})

t.test('a caller cannot take our headers off by naming them in Connection', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { address, cookie } = await proxyTo(t, url, { ML_SERVING_TOKEN: TOKEN })
  const socket = await dial(t, address)
  socket.end(
    `GET /api/ml/x HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\nconnection: close, authorization, traceparent\r\n\r\n`,
  )
  await once(socket.resume(), 'close')
  const names = reached[0]?.headers.map(([name]) => name)
  t.ok(names?.includes('authorization'))
  t.ok(names?.includes('traceparent'))
})

/** Targets that are refused before anything leaves, each with the answer's status. */
const TRICKS: [target: string, status: number][] = [
  ['/api/ml/..', 400],
  ['/api/ml/../admin', 400],
  ['/api/ml/a/../../b', 400],
  ['/api/ml/./x', 400],
  ['/api/ml/x/.', 400],
  ['/api/ml/%2e%2e/x', 400],
  ['/api/ml/%2E./x', 400],
  ['/api/ml/.%2e/x', 400],
  ['/api/ml/%252e%252e/x', 400],
  ['/api/ml/%25252e%25252e/x', 400],
  ['/api/ml/%2525252525252e/x', 400],
  ['/api/ml/..%2fx', 400],
  ['/api/ml/..%252fx', 400],
  ['/api/ml/a%2f..%2fb', 400],
  ['/api/ml/..%5cx', 400],
  ['/api/ml/..\\x', 400],
  ['/api/ml/a%5Cb', 400],
  ['/api/ml/a%255cb', 400],
  ['/api/ml//evil.test/x', 400],
  ['/api/ml/a//b', 400],
  ['/api/ml/%2fevil.test', 400],
  ['/api/ml/%252f%252fevil.test', 400],
  ['/api/ml/a%2F%2Fb', 400],
  ['/api/ml/x%00', 400],
  ['/api/ml/x%2500.json', 400],
  ['/api/ml/x%0d%0ahost:%20evil', 400],
  ['/api/ml/x%250d%250a', 400],
  ['/api/ml/x%09', 400],
  ['/api/ml/x%7f', 400],
  ['/api/ml/x%c2%85', 400],
  ['/api/ml/.../x', 400],
  ['/api/ml/..hidden', 400],
  ['/api/ml/..;a=b/x', 400],
  ['/api/ml/x;jsessionid=1', 400],
  ['/api/ml/..%3b/x', 400],
  ['/api/ml/..%20/x', 400],
  ['/api/ml/.../x', 400],
  ['/api/ml/..hidden', 400],
  ['/api/ml/%c0%ae%c0%ae/x', 400],
  ['/api/ml/%25c0%25ae/x', 400],
  ['/api/ml/%ff', 400],
  ['/api/ml/%zz', 400],
  ['/api/ml/%', 400],
  ['/api/ml/%u002e%u002e/x', 400],
  ['/api/ml/x#@evil.test/', 400],
  ['/api/ml/ü', 400],
  [`/api/ml/${'x'.repeat(8_000)}`, 400],
  ['/api/%6dl/../x', 400],
  ['/%61pi/ml/%2e%2e/x', 400],
  ['http://evil.test/api/ml/x', 400],
  ['http://127.0.0.1/api/ml/x', 400],
  ['HTTP://user:pass@evil.test/api/ml/x', 400],
  ['//evil.test/api/ml/x', 400],
  ['//evil.test/x', 400],
  ['http://evil.test/', 400],
  ['/api//ml/x', 400],
  ['/api/./ml/x', 400],
  ['/api/x/../ml/x', 400],
  ['/api/ml%2fx', 404],
  ['/api/ML/x', 404],
  ['api/ml/x', 400],
  ['*', 400],
]

t.test('no trick with the path reaches ml/serving', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { address, cookie } = await proxyTo(t, url)
  for (const [target, status] of TRICKS) {
    const name = target.slice(0, 60)
    const answer = await sayRaw(t, address, [
      `GET ${target} HTTP/1.1`,
      'host: 127.0.0.1',
      `cookie: ${cookie}`,
    ])
    t.equal(answer.status, status, name)
    t.match(answer.headers['content-type'], 'application/problem+json', name)
    t.equal(reached.splice(0).length, 0, `${name} goes no further`)
  }
})

const HONEST = [
  '/api/ml/x',
  '/api/ml/',
  '/api/ml/a/b/c/',
  '/api/ml/_echo/a%20b',
  '/api/ml/%C3%BC/%E6%9D%B1%E4%BA%AC',
  '/api/ml/100%25',
  '/api/ml/a%2Fb',
  '/api/ml/v1.2/a..b/.hidden',
  '/api/ml/user@host:1,2+3=4!',
  '/api/ml/x?next=//evil.test/../..&z=%00%252e',
  '/api/ml/x?',
]

t.test('an honest path arrives as it was sent', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { address, cookie } = await proxyTo(t, url)
  for (const target of HONEST) {
    const lines = [`GET ${target} HTTP/1.1`, 'host: x', `cookie: ${cookie}`]
    t.equal((await sayRaw(t, address, lines)).status, 200, target)
    t.equal(reached.pop()?.url, target.replace('/api/ml', ''), target)
  }
})

t.test('a body on a GET goes no further, and has the limit of any body', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { address, cookie } = await proxyTo(t, url)
  const lines = ['GET /api/ml/x HTTP/1.1', 'host: x', `cookie: ${cookie}`]
  const big = 'x'.repeat(70_000)
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

  const declared = await sayRaw(t, address, [...lines, `content-length: ${big.length}`], big)
  t.match(problemIn(declared.body), { code: 'body_too_large' })
  const chunked = await sayRaw(t, address, [...lines, 'transfer-encoding: chunked'], chunk(big))
  t.match(problemIn(chunked.body), { code: 'body_too_large' })
  t.same(reached, [])

  const small = '{"drop":"me"}'
  for (const [header, body] of [
    [`content-length: ${small.length}`, small],
    ['transfer-encoding: chunked', chunk(small)],
  ] as const) {
    t.equal((await sayRaw(t, address, [...lines, header], body)).status, 200, header)
    const request = reached.pop()
    t.equal(request?.bodyBytes, 0)
    const names = request?.headers.map(([name]) => name) ?? []
    t.notOk(names.includes('content-length') || names.includes('transfer-encoding'))
  }
})

t.test('Expect and Upgrade do no harm', async (t) => {
  const { url, reached } = await recordingUpstream(t)
  const { address, cookie } = await proxyTo(t, url)
  const lines = ['GET /api/ml/x HTTP/1.1', 'host: x', `cookie: ${cookie}`]
  const expects = await sayRaw(t, address, [...lines, 'expect: 100-continue'])
  t.equal(expects.status, 100)
  t.equal(parseRaw(expects.body).status, 200)
  t.equal((await sayRaw(t, address, [...lines, 'expect: the-impossible'])).status, 417)

  const socket = await dial(t, address)
  socket.write(
    `${lines.join('\r\n')}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const [first] = await once(socket, 'data')
  t.equal(parseRaw(String(first)).status, 200)
  t.equal(reached.length, 2)
  const names = reached.flatMap(({ headers }) => headers.map(([name]) => name))
  t.notOk(names.some((name) => /^(expect|upgrade|sec-websocket)/.test(name)))
})

t.test('an ml/serving that is down or speaks nonsense is a 502, after one attempt', async (t) => {
  const redirect =
    'HTTP/1.1 302 Found\r\nlocation: http://10.0.0.7/inside\r\ncontent-length: 0\r\n\r\n'
  const answers: Record<string, string | null> = {
    'a connection that is closed': null,
    'no HTTP': 'SSH-2.0-OpenSSH_9.9\r\n',
    'a header that is cut off': 'HTTP/1.1 200 OK\r\ncontent-ty',
    'a status that is none': 'HTTP/1.1 999 What\r\ncontent-length: 2\r\n\r\nhi',
    'a protocol nobody asked for':
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'a redirect': redirect,
    'not modified': 'HTTP/1.1 304 Not Modified\r\n\r\n',
    'a body that breaks off before it begins':
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\n',
    'a small body that breaks off': 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nsome of it',
  }
  for (const [name, text] of Object.entries(answers)) {
    const upstream = await speakingUpstream(t, (socket) => socket.end(text ?? ''))
    const address = await hastyProxy(t, upstream.url)
    const answer = await sayRaw(t, address, LINES)
    t.equal(answer.status, 502, name)
    t.match(problemIn(answer.body), { code: 'ml_serving_unavailable' }, name)
    t.notMatch(answer.body, /127\.0\.0\.1|10\.0\.0\.7|ECONN|UND_ERR/, name)
    t.notOk(answer.headers.location ?? answer.headers['content-encoding'], name)
    t.equal(upstream.calls(), 1, `${name}: one attempt`)
  }
  const address = await hastyProxy(t, 'http://127.0.0.1:9')
  t.match(problemIn((await sayRaw(t, address, LINES)).body), { code: 'ml_serving_unavailable' })
})

t.test('an error of ml/serving is passed on as it is, after one attempt', async (t) => {
  const { url, reached } = await recordingUpstream(t, (_request, response) => {
    response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/json' })
    response.end('{"code":"busy"}')
  })
  const address = await hastyProxy(t, url)
  const answer = await sayRaw(t, address, LINES)
  t.match(answer, { status: 503, body: '{"code":"busy"}', headers: { 'retry-after': '1' } })
  t.equal(reached.length, 1)
})

t.test('a certificate that nobody vouches for is refused', async (t) => {
  const folder = t.testdir()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-days', '1', '-keyout', key, '-out', cert],
  ]).catch(() => undefined)
  if (!made) return t.plan(0, 'needs openssl, to make a certificate')
  let requests = 0
  const server = createTlsServer(
    { key: await readFile(key), cert: await readFile(cert) },
    (_request, response) => {
      requests += 1
      response.end('trusted anyone')
    },
  )
  const url = (await listenFor(t, server)).replace('http:', 'https:')
  const { app, cookie } = await proxyTo(t, url)
  const answer = await app.inject({ url: '/api/ml/x', headers: { cookie } })
  t.match(answer.json(), { status: 502, code: 'ml_serving_unavailable' })
  t.equal(requests, 0)
})

t.test('an ml/serving that is late is a 504, after one attempt', async (t) => {
  const late: Record<string, (response: ServerResponse) => void> = {
    'no header': () => {},
    'no body': (response) => {
      response.writeHead(200, { 'content-length': '5', 'content-encoding': 'gzip' })
      response.flushHeaders()
    },
  }
  for (const [name, answer] of Object.entries(late)) {
    const { url, reached } = await recordingUpstream(t, (_request, response) => answer(response))
    const address = await hastyProxy(t, url)
    const { status, body, headers } = await sayRaw(t, address, LINES)
    t.equal(status, 504, name)
    t.match(problemIn(body), { code: 'ml_serving_timeout' }, name)
    t.notOk(headers['content-encoding'], name)
    t.equal(reached.length, 1, name)
  }
})

t.test('an answer that breaks off or stalls is cut, never ended', async (t) => {
  const heads: Record<string, string> = {
    'with a length': 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nsome of it',
    'in chunks': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nsome of it\r\n',
  }
  const ends: Record<string, (socket: Socket) => void> = {
    'breaks off': (socket) => void setTimeout(() => socket.destroy(), 100),
    stalls: () => {},
  }
  for (const [form, text] of Object.entries(heads)) {
    for (const [end, how] of Object.entries(ends)) {
      const upstream = await speakingUpstream(t, (socket) => {
        socket.write(text)
        how(socket)
      })
      const address = await hastyProxy(t, upstream.url)
      const answer = await sayRaw(t, address, LINES)
      t.equal(answer.status, 200)
      t.match(answer.body, 'some of it', `${form}, ${end}: what came is passed on`)
      t.notMatch(answer.body, '\r\n0\r\n', `${form}, ${end}: no end is made up`)
      t.equal(upstream.calls(), 1)
    }
  }
})

t.test('an answer streams through: its beginning is here before its end is there', async (t) => {
  const ml = await startMlServing()
  t.teardown(() => ml.close())
  const { address, cookie } = await proxyTo(t, ml.url)
  const socket = await dial(t, address)
  socket.write(
    `GET /api/ml/_stream HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\nconnection: close\r\n\r\n`,
  )
  let text = ''
  let beginnings = 0
  for await (const chunk of socket) {
    text += chunk
    if (text.includes('line 1\n') && !text.includes('line 10')) beginnings += 1
  }
  t.ok(beginnings > 0)
  t.match(text, /line 10\n\r\n0\r\n\r\n$/)
})

t.test('a slow reader holds the upstream back: nothing piles up here', async (t) => {
  let written = 0
  const { url } = await recordingUpstream(t, async (_request, response) => {
    const part = Buffer.alloc(1024 * 1024)
    for (let i = 0; i < 200 && !response.destroyed; i++) {
      written += part.length
      if (!response.write(part)) await once(response, 'drain').catch(() => {})
    }
    response.end()
  })
  const { address, cookie } = await proxyTo(t, url)
  const socket = await dial(t, address)
  socket.write(`GET /api/ml/x HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  await sleep(500)
  t.ok(written < 60 * 1024 * 1024, `${written} bytes of 200 MiB were taken`)
})

t.test(
  'a caller who leaves ends the call at ml/serving, before the header and after',
  async (t) => {
    for (const early of [true, false]) {
      const left = Promise.withResolvers<void>()
      const { url, reached } = await recordingUpstream(t, (_request, response) => {
        response.on('close', left.resolve)
        if (!early) response.writeHead(200).write('a beginning')
      })
      const { app, address, cookie } = await proxyTo(t, url)
      const socket = await dial(t, address)
      socket.write(`GET /api/ml/x HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`)
      if (!early) await once(socket, 'data')
      while (reached.length === 0) await sleep(10)
      socket.destroy()
      await left.promise
      t.pass(early ? 'before the header' : 'in the body')
      if (!early) continue
      const entries = () => app.db.selectFrom('audit').select('status').execute()
      while ((await entries()).length === 0) await sleep(10)
      t.same(await entries(), [{ status: 499 }])
    }
  },
)
