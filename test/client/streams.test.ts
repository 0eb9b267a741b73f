import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createAdminClient, ProblemError } from 'oo-admin'
import t, { type Test } from 'tap'
import { build, signInPerson } from '../helper.ts'

async function listen(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a stream is read wherever its pieces end', async (t) => {
  const text =
    ': heartbeat\n\nid: 1\nevent: a\ndata: {"seq":\ndata: 1}\n\nid:2\r\ndata:{"seq":2,"x":"é"}\r\n\r\nretry: 5\n\nevent: empty\n\n'
  for (const size of [1, 3, 1_000]) {
    const baseUrl = await listen(t, async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; at += size) {
        response.write(bytes.subarray(at, at + size))
        await setImmediate()
      }
    })
    const seen = []
    for await (const event of createAdminClient({ baseUrl }).followEvents()) {
      seen.push(event)
      if (seen.length === 2) break
    }
    t.match(seen, [{ seq: 1 }, { seq: 2, x: 'é' }], `pieces of ${size}`)
  }
})

t.test('a broken stream is resumed behind the last event', async (t) => {
  const asked: (string | undefined)[] = []
  const baseUrl = await listen(t, (request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    if (asked.length === 2) return response.writeHead(503).end()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const seq = asked.length
    response.write(`id: ${seq}\nevent: e\ndata: {"seq":${seq}}\n\n`)
    response.end()
  })
  const client = createAdminClient({ baseUrl })
  const seen = []
  const states: string[] = []
  for await (const { seq } of client.followEvents({}, { onState: (state) => states.push(state) })) {
    seen.push(seq)
    if (seen.length === 2) break
  }
  t.same(seen, [1, 3])
  t.same(asked, [undefined, '1', '1'])
  t.same(states, ['open', 'lost', 'lost', 'open'])
})

t.test('a gap is told, a refusal is thrown, and a signal ends it', async (t) => {
  const baseUrl = await listen(t, (request, response) => {
    if (request.url?.includes('userId=no')) {
      response.writeHead(403, { 'content-type': 'application/problem+json' })
      return response.end(
        '{"code":"forbidden","status":403,"title":"No","detail":"No","traceId":"0"}',
      )
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(
      'event: gap\ndata: {"lastEventId":"3","resumedAfter":7}\n\nid: 8\ndata: {"seq":8}\n\n',
    )
  })
  const client = createAdminClient({ baseUrl })
  const gaps: unknown[] = []
  const controller = new AbortController()
  const options = {
    signal: controller.signal,
    lastEventId: '3',
    onGap: (gap: unknown) => gaps.push(gap),
  }
  for await (const { seq } of client.followEvents({}, options)) {
    t.equal(seq, 8)
    controller.abort()
  }
  t.same(gaps, [{ lastEventId: '3', resumedAfter: 7 }])
  await t.rejects(client.followEvents({ userId: 'no' }).next(), ProblemError)
})

t.test('the real server: events as they happen, and a simulation to its end', async (t) => {
  const world = await build(t)
  await world.app.listen({ port: 0, host: '127.0.0.1' })
  const baseUrl = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`
  const client = createAdminClient({ baseUrl, token: world.config.ADMIN_TOKEN })
  const controller = new AbortController()
  const events = client.followEvents(
    { type: 'signals.user.created' },
    { signal: controller.signal, onState: () => void signInPerson(world, { name: 'Eve' }) },
  )
  t.match((await events.next()).value, { type: 'signals.user.created', userId: /./ })
  controller.abort()

  const run = await client.simulate({
    policy: 'rules',
    judge: 'persona',
    users: 5,
    steps: 10,
    seed: 3,
  })
  const lines = []
  for await (const line of client.followSimulation(run.id)) lines.push(JSON.parse(line))
  t.ok(lines.some(({ t: kind }) => kind === 'metric'))
  t.match(await client.simulation(run.id), {
    status: 'succeeded',
    progress: { done: 50, total: 50 },
  })
})
