import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, signInPerson } from '../helper.ts'
import { type Operation, operationsOf, urlOf } from '../openapi.ts'
import { dial, parseRaw, sayRaw } from '../raw.ts'

const request = (operation: Operation) => ({ method: operation.method, url: urlOf(operation) })

t.test('sign-in routes share one budget per address', async (t) => {
  const { app } = await build(t, { RATE_LIMIT_AUTH: '3' })
  const operations = operationsOf(app).filter((one) => one['x-rate-limit'] === 'auth')
  t.ok(operations.length >= 3)
  const from = (remoteAddress: string) => async (operation: Operation) => {
    const answer = await app.inject({ ...request(operation), remoteAddress })
    if (answer.statusCode === 429) {
      t.match(answer.json(), { code: 'rate_limited' })
      t.match(answer.headers['retry-after'], /^[1-9]\d?$/)
    }
    return answer.statusCode
  }
  const here = from('192.0.2.1')
  for (let n = 0; n < 3; n += 1)
    t.not(await here(operations[n % operations.length] as Operation), 429)
  for (const operation of operations) t.equal(await here(operation), 429, operation.operationId)
  t.not(await from('192.0.2.2')(operations[0] as Operation), 429, 'another address has its own')
  const session = await app.inject({ url: '/api/auth/session', remoteAddress: '192.0.2.1' })
  t.equal(session.statusCode, 200, 'and other routes are not part of it')
})

t.test('all other routes share one budget per user, whatever the address', async (t) => {
  const world = await build(t, { RATE_LIMIT_USER: '5' })
  const { app } = world
  const [ada, bob] = [await signInPerson(world), await signInPerson(world)]
  const addresses = Array.from({ length: 10 }, (_, n) => `192.0.2.${n}`)
  const call = (cookie: string) =>
    app.inject({
      url: '/api/auth/session',
      headers: { cookie },
      remoteAddress: addresses.shift() ?? '',
    })
  for (let i = 0; i < 5; i += 1) t.equal((await call(ada.cookie)).statusCode, 200)
  t.equal((await call(ada.cookie)).statusCode, 429)
  t.equal((await call(bob.cookie)).statusCode, 200)
  const operations = operationsOf(app).filter((one) => one['x-rate-limit'] === 'user')
  t.ok(operations.length > 30)
  for (const operation of operations) {
    const answer = await app.inject({ ...request(operation), headers: { cookie: ada.cookie } })
    t.equal(answer.statusCode, 429, operation.operationId)
  }
})

t.test(
  'signed out the budget is the address’s; only a trusted proxy may name another',
  async (t) => {
    const trusting = await build(t, { RATE_LIMIT_USER: '2', TRUST_PROXY: '10.0.0.0/8' })
    const call = (remoteAddress: string, forwarded: string) =>
      trusting.app
        .inject({
          url: '/api/auth/session',
          remoteAddress,
          headers: { 'x-forwarded-for': forwarded },
        })
        .then(({ statusCode }) => statusCode)
    const statuses: number[] = []
    for (let n = 0; n < 3; n += 1) statuses.push(await call('10.0.0.1', '198.51.100.1'))
    t.same(statuses, [200, 200, 429], 'behind the proxy each client has its own')
    t.equal(await call('10.0.0.1', '198.51.100.2'), 200)
    t.equal(
      await call('10.0.0.1', '203.0.113.9, 198.51.100.1'),
      429,
      'what a client adds is not believed',
    )
    for (let n = 0; n < 2; n += 1) t.equal(await call('192.0.2.7', `198.51.100.${n}`), 200)
    t.equal(
      await call('192.0.2.7', '198.51.100.99'),
      429,
      'from elsewhere it is not believed at all',
    )
  },
)

const POST = ['POST /api/auth/token HTTP/1.1', 'host: x', 'content-type: application/json']
const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`

t.test('a body over 64 KiB is refused in chunks too, and before it is there', async (t) => {
  const { app } = await build(t)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const chunked = await sayRaw(
    t,
    address,
    [...POST, 'transfer-encoding: chunked'],
    `${chunk}${chunk}0\r\n\r\n`,
  )
  t.equal(chunked.status, 413)
  t.match(JSON.parse(chunked.body), { code: 'body_too_large' })
  const announced = await sayRaw(t, address, [...POST, 'content-length: 70000'])
  t.equal(announced.status, 413)
  // One that never ends: it is cut off, not gathered.
  const socket = await dial(t, address)
  socket.write(`${[...POST, 'transfer-encoding: chunked'].join('\r\n')}\r\n\r\n`)
  let sent = 0
  while (!socket.destroyed && sent < 500) {
    socket.write(chunk)
    sent += 1
    await sleep(2)
  }
  t.ok(sent < 500, `cut off after ${sent * 64} KiB`)
})

t.test('a header of more than 16 KiB, in one piece or in many, is refused', async (t) => {
  const { app } = await build(t)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const many = Array.from({ length: 500 }, (_, n) => `x-header-${n}: ${'x'.repeat(30)}`)
  for (const lines of [
    [`x-long: ${'x'.repeat(17_000)}`],
    many,
    [`cookie: sid=${'x'.repeat(17_000)}`],
  ]) {
    const answer = await sayRaw(t, address, ['GET /health HTTP/1.1', 'host: x', ...lines])
    t.equal(answer.status, 431)
    t.match(JSON.parse(answer.body), { code: 'header_fields_too_large' })
  }
  const long = await sayRaw(t, address, [`GET /${'x'.repeat(17_000)} HTTP/1.1`, 'host: x'])
  t.equal(long.status, 431)
})

t.test(
  'a client that is slow with its header or its body is answered 408 and cut off',
  async (t) => {
    const { app } = await build(t)
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    t.match(app.server, { headersTimeout: 10_000, requestTimeout: 30_000 })
    // The same, sooner: the clock of the HTTP server cannot be moved.
    Object.assign(app.server, { headersTimeout: 1_000, requestTimeout: 2_000 })
    const beginnings = {
      header: 'GET /health HTTP/1.1\r\nhost: x\r\nx-',
      body: `${[...POST, 'content-length: 100'].join('\r\n')}\r\n\r\n{"`,
    }
    for (const [what, beginning] of Object.entries(beginnings)) {
      const socket = await dial(t, address)
      let text = ''
      socket.on('data', (data) => {
        text += data
      })
      const closed = once(socket, 'close')
      socket.write(beginning)
      const drip = setInterval(() => socket.write('x'), 300)
      await closed
      clearInterval(drip)
      const answer = parseRaw(text)
      t.equal(answer.status, 408, what)
      t.match(JSON.parse(answer.body), { code: 'request_timeout' }, what)
    }
  },
)
