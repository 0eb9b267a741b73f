import { connect } from 'node:net'
import t from 'tap'
import { build } from '../helper.ts'

t.test('a client that never finishes its header is answered 408 and cut off', async (t) => {
  const { app } = await build(t)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const started = Date.now()
  socket.write('GET /health HTTP/1.1\r\nhost: x\r\n')
  let answer = ''
  for await (const chunk of socket) answer += chunk
  t.match(answer, /^HTTP\/1\.1 408 /)
  t.match(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), { code: 'request_timeout' })
  t.ok(Date.now() - started < 20_000)
})
