import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t from 'tap'
import { createGuardedAgent } from '../../../src/push/agent.ts'

t.test('the addresses are checked where the connection is made', async (t) => {
  let connections = 0
  const inside = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((done) => inside.listen(0, '127.0.0.1', done))
  t.teardown(() => inside.close())
  const origin = `http://push.example.com:${(inside.address() as AddressInfo).port}`

  const asked: string[] = []
  const agent = createGuardedAgent(async (host) => {
    asked.push(host)
    return ['127.0.0.1']
  }, 5_000)
  t.teardown(() => agent.destroy())

  await t.rejects(agent.request({ origin, path: '/', method: 'POST' }), {
    message: 'not a public address',
  })
  await t.rejects(agent.request({ origin, path: '/', method: 'POST' }), {
    message: 'not a public address',
  })
  t.equal(connections, 0, 'nothing inside heard of it')
  t.same(asked, ['push.example.com', 'push.example.com'], 'each connection asks anew')
})

t.test('a name without an address is an ordinary failure', async (t) => {
  const agent = createGuardedAgent(async () => [], 5_000)
  t.teardown(() => agent.destroy())
  const call = agent.request({ origin: 'http://push.example.com', path: '/', method: 'POST' })
  await t.rejects(call, { code: 'ENOTFOUND' })
})
