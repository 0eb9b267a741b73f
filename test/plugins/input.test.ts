import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { build, type TestApp } from '../helper.ts'

const post = ({ app }: TestApp, contentType: string, payload: string) =>
  app.inject({
    method: 'POST',
    url: '/api/auth/token',
    headers: { 'content-type': contentType },
    payload,
  })

t.test('a body that is not JSON is 415, one that cannot be read is 400', async (t) => {
  const world = await build(t)
  const cases = [
    ['text/plain', '{"token":"x"}', 415, 'unsupported_media_type'],
    ['application/x-www-form-urlencoded', 'token=x', 415, 'unsupported_media_type'],
    ['multipart/form-data; boundary=x', '--x--', 415, 'unsupported_media_type'],
    ['application/json', '{"token":', 400, 'malformed_body'],
    ['application/json', '', 400, 'malformed_body'],
    ['application/json', '{"__proto__":{"a":1},"token":"x"}', 400, 'malformed_body'],
    ['application/json', '{"token":"x","token":"y"}', 400, 'malformed_body'],
    ['application/json', '{"token":"x","\\u0074oken":"y"}', 400, 'malformed_body'],
    ['application/json', '['.repeat(30_000), 400, 'malformed_body'],
    ['application/json', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400, 'validation_failed'],
    ['application/json', '{"token":1e999}', 400, 'validation_failed'],
    ['application/json', '[]', 400, 'validation_failed'],
    ['application/json', '{"token":"x","more":1}', 400, 'validation_failed'],
    ['application/json', '{"token":["x"]}', 400, 'validation_failed'],
  ] as const
  for (const [type, body, status, code] of cases) {
    const answer = await post(world, type, body)
    t.same([answer.statusCode, answer.json().code], [status, code], `${type} ${body}`)
    t.match(answer.headers['content-type'], 'application/problem+json')
    if (status === 400) t.match(answer.json().errors, [{ path: /^body/, message: /./ }])
  }
})

t.test('bytes that are no UTF-8 are 400', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/token',
    headers: { 'content-type': 'application/json' },
    payload: Buffer.from([...Buffer.from('{"token":"'), 0xc3, 0x28, ...Buffer.from('"}')]),
  })
  t.match(answer.json(), { code: 'malformed_body', errors: [{ message: 'is not valid UTF-8' }] })
})

t.test('a body over 64 KiB is 413', async (t) => {
  const world = await build(t)
  const answer = await post(world, 'application/json', `{"token":"${'x'.repeat(65_536)}"}`)
  t.same([answer.statusCode, answer.json().code], [413, 'body_too_large'])
})

t.test('a query key that is repeated, or has the wrong type, names its place', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject('/api/auth/callback?state=a&state=b')
  t.match(answer.json(), {
    status: 400,
    code: 'validation_failed',
    errors: [{ path: 'query.state' }],
  })
})

const codes = (answer: { statusCode: number; json(): { code: string } }) => [
  answer.statusCode,
  answer.json().code,
]

/** What a server says to these bytes. */
async function raw(t: Test, { app }: TestApp, bytes: string): Promise<string> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.end(bytes)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}

t.test('bytes that are not HTTP are answered as a problem', async (t) => {
  const answer = await raw(t, await build(t), 'HELLO\r\n\r\n')
  t.match(answer, /^HTTP\/1\.1 400 /)
  t.match(answer, 'application/problem+json')
  t.match(answer, 'malformed_request')
  t.match(answer, 'x-content-type-options: nosniff')
})

t.test('a header that is too large is 431', async (t) => {
  const bytes = `GET /health HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`
  const answer = await raw(t, await build(t), bytes)
  t.match(answer, /^HTTP\/1\.1 431 /)
  t.match(answer, 'header_fields_too_large')
})

t.test('a target that is no plain path is refused, an unknown one is not there', async (t) => {
  const { app } = await build(t)
  for (const url of ['//evil.test/x', '/api//x', '/api/../x', '/./x', '/x/..']) {
    const bytes = `GET ${url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`
    const answer = await raw(t, { app } as TestApp, bytes)
    t.match(answer, /^HTTP\/1\.1 400 /, url)
    t.match(answer, '"code":"bad_path"')
  }
  for (const url of ['/x', '/x/', '/api/x..y', '/%2e%2e/x', '/...']) {
    t.same(codes(await app.inject(url)), [404, 'not_found'], url)
  }
})
