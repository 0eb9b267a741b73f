import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { openDatabase } from '../../db/open.ts'
import { createEventBus } from '../../src/events/bus.ts'
import { createTransact } from '../../src/events/transact.ts'
import { build, fakeClock, signInAsAdmin, signInPerson, type TestApp, WEB } from '../helper.ts'

const TRACE = 'f'.repeat(32)
const HOUR = 3_600_000

/** Some events about somebody. */
async function happen({ app }: Pick<TestApp, 'app'>, userId: string | null, count = 1) {
  await app.transact(TRACE, async (_trx, emit) => {
    for (let n = 0; n < count; n++) {
      await emit('signals.integration.connected', userId, { provider: `provider-${n}` })
    }
  })
}

async function get(world: TestApp, url: string) {
  const cookie = await signInAsAdmin(world)
  const answer = await world.app.inject({ url, headers: { cookie } })
  return { status: answer.statusCode, body: answer.json() }
}

interface Frame {
  id?: string
  event?: string
  data?: string
  comment?: string
}

/** An event stream as a browser reads it. */
async function follow(t: Test, world: TestApp, query = '', headers: Record<string, string> = {}) {
  const { app } = world
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const cookie = headers.cookie ?? (await signInAsAdmin(world))
  const call = httpRequest({
    host: '127.0.0.1',
    port,
    path: `/api/admin/events${query}`,
    headers: { accept: 'text/event-stream', ...headers, cookie },
  })
  t.teardown(() => call.destroy())
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve).on('error', reject).end()
  })
  const frames = parse(answer)
  const ended = new Promise<void>((resolve) => answer.once('close', resolve))
  return {
    answer,
    ended,
    close: () => call.destroy(),
    /** The next events, without comments and the retry line. */
    async take(count: number): Promise<Frame[]> {
      const taken: Frame[] = []
      while (taken.length < count) {
        const { value, done } = await frames.next()
        if (done) break
        if (value.event) taken.push(value)
      }
      return taken
    },
  }
}

async function* parse(answer: IncomingMessage): AsyncGenerator<Frame> {
  let text = ''
  try {
    for await (const chunk of answer.setEncoding('utf8')) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        yield Object.fromEntries(
          block.split('\n').map((line) => {
            const colon = line.indexOf(':')
            return [line.slice(0, colon) || 'comment', line.slice(colon + 1).trim()]
          }),
        )
      }
    }
  } catch {
    // The connection was cut, which the test sees by what it did not get.
  }
}

const seqs = (frames: Frame[]) => frames.map((frame) => Number(frame.id))

t.test('the newest events come first, and can be filtered', async (t) => {
  const world = await build(t, { EVENT_BUFFER_SIZE: '5' })
  const ann = await signInPerson(world)
  await happen(world, ann.userId, 3)
  await happen(world, 'someone-else', 1)
  const { status, body } = await get(world, '/api/admin/events?type=signals.integration.connected')
  t.equal(status, 200)
  t.equal(body.source, 'memory')
  t.same(
    body.items.map((item: { userId: string }) => item.userId),
    ['someone-else', ann.userId, ann.userId, ann.userId],
  )
  t.match(body.items[0], {
    id: /^[0-9a-f-]{36}$/,
    seq: Number,
    occurredAt: /Z$/,
    traceId: TRACE,
    payload: { provider: 'provider-0' },
  })
  const hers = await get(world, `/api/admin/events?userId=${ann.userId}&limit=1`)
  t.match(hers.body.items, [{ userId: ann.userId, payload: { provider: 'provider-2' } }])
  t.equal((await get(world, '/api/admin/events')).body.items.length, 5, 'no more than the buffer')
  const wrong = await get(world, '/api/admin/events?type=signals.nonsense')
  t.match(wrong, { status: 400, body: { errors: [{ path: 'query.type' }] } })
})

t.test('a restart keeps the recent events, and a deletion leaves no trace in them', async (t) => {
  const first = await build(t)
  const ann = await signInPerson(first)
  await happen(first, ann.userId)
  const second = await build(t, {
    DATABASE_PATH: first.config.DATABASE_PATH,
    SESSION_SECRET: first.config.SESSION_SECRET.join(','),
  })
  const before = await get(second, `/api/admin/events?userId=${ann.userId}`)
  t.match(before.body.items[0], { payload: { provider: 'provider-0' } })
  const { cookie } = ann
  const gone = await second.app.inject({
    method: 'DELETE',
    url: '/api/user',
    headers: { cookie },
  })
  t.equal(gone.statusCode, 200)
  t.same((await get(second, `/api/admin/events?userId=${ann.userId}`)).body.items, [])
})

t.test(
  'the live stream brings events as they happen, with the headers a browser needs',
  async (t) => {
    const world = await build(t)
    const stream = await follow(t, world, '?type=signals.integration.connected', { origin: WEB })
    t.match(stream.answer.headers, {
      'content-type': /^text\/event-stream/,
      'access-control-allow-origin': WEB,
      'access-control-allow-credentials': 'true',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    await signInPerson(world)
    await happen(world, null, 2)
    const frames = await stream.take(2)
    t.same(
      frames.map((frame) => frame.event),
      ['signals.integration.connected', 'signals.integration.connected'],
    )
    const item = JSON.parse(frames[1]?.data ?? '')
    t.match(item, { seq: Number(frames[1]?.id), payload: { provider: 'provider-1' } })
  },
)

t.test(
  'Last-Event-ID resumes without a hole or a repeat, however much came in between',
  async (t) => {
    const world = await build(t, { EVENT_BUFFER_SIZE: '10' })
    const cookie = await signInAsAdmin(world)
    const stream = await follow(t, world, '', { cookie })
    await happen(world, null, 3)
    const seen = seqs(await stream.take(3))
    stream.close()
    await happen(world, null, 1_300)
    const resumed = await follow(t, world, '', { cookie, 'last-event-id': String(seen.at(-1)) })
    const missed = seqs(await resumed.take(1_300))
    await happen(world, null, 2)
    const all = [...seen, ...missed, ...seqs(await resumed.take(2))]
    t.same(
      all,
      all.map((_, index) => (seen[0] as number) + index),
    )
  },
)

t.test('events of another process on the same file arrive too, in order', async (t) => {
  const world = await build(t)
  const stream = await follow(t, world)
  const { db } = openDatabase(world.config.DATABASE_PATH)
  t.teardown(() => db.destroy())
  const bus = createEventBus(() => {})
  const other = { app: { transact: createTransact(db, bus, Date.now) } as TestApp['app'] }
  await happen(other, 'from-there')
  await happen(world, 'from-here')
  await happen(other, 'from-there')
  const frames = await stream.take(3)
  t.same(
    frames.map((frame) => JSON.parse(frame.data ?? '').userId),
    ['from-there', 'from-here', 'from-there'],
  )
})

t.test('what cannot be resumed is called a gap', async (t) => {
  const world = await build(t)
  await happen(world, null, 5)
  const newest = (await get(world, '/api/admin/events?limit=1')).body.items[0].seq as number
  for (const unknown of ['nonsense', String(newest + 1_000)]) {
    const stream = await follow(t, world, '', { 'last-event-id': unknown })
    await happen(world, null)
    const [gap, event] = await stream.take(2)
    t.match(gap, { event: 'gap', data: `"lastEventId":"${unknown}"` })
    t.equal(event?.event, 'signals.integration.connected')
    stream.close()
  }
  await world.app.db.deleteFrom('events').where('seq', '<=', 3).execute()
  const stream = await follow(t, world, '', { 'last-event-id': '1' })
  t.match(await stream.take(2), [{ event: 'gap', data: '"resumedAfter":3' }, { id: '4' }])
})

t.test('a stream ends with the session that opened it', async (t) => {
  const world = await build(t)
  const cookie = await signInAsAdmin(world)
  const stream = await follow(t, world, '', { cookie })
  await world.app.inject({ method: 'POST', url: '/api/auth/logout', headers: { cookie } })
  await happen(world, 'nobody-must-see-this')
  t.same(await stream.take(1), [])
  await stream.ended
})

t.test('a stream ends when the server closes', async (t) => {
  const world = await build(t)
  const stream = await follow(t, world)
  const closing = world.app.close()
  t.same(await stream.take(1), [])
  await stream.ended
  await closing
})

t.test('history pages through everything by any combination of conditions', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  const start = clock()
  const [ann, bob] = [await signInPerson(world), await signInPerson(world)]
  for (const { userId } of [ann, bob, ann]) {
    clock.advance(3 * HOUR)
    await happen(world, userId, 4)
  }
  const at = (hours: number) => new Date(start + hours * HOUR).toISOString()
  const list = async (query: string) => {
    const items: { seq: number; userId: string; type: string }[] = []
    let cursor = ''
    do {
      const { body } = await get(world, `/api/admin/events/history?limit=3&${query}${cursor}`)
      items.push(...body.items)
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`
    } while (cursor)
    return items
  }
  const connected = 'type=signals.integration.connected'
  const all = await list(connected)
  t.same(
    all.map((item) => item.userId),
    [...Array(4).fill(ann.userId), ...Array(4).fill(bob.userId), ...Array(4).fill(ann.userId)],
  )
  t.same(
    all.map((item) => item.seq),
    all.map((item) => item.seq).toSorted((a, b) => b - a),
  )
  t.equal((await list(`${connected}&userId=${ann.userId}`)).length, 8)
  t.equal((await list(`${connected}&from=${at(6)}`)).length, 8, 'from is inclusive')
  t.equal((await list(`${connected}&to=${at(6)}`)).length, 8, 'to is inclusive')
  t.equal((await list(`from=${at(5.99)}&to=${at(6.01)}&userId=${bob.userId}`)).length, 4)
  t.same(await list(`from=${at(200)}`), [])
  t.same(await list(`to=${at(-200)}`), [])
  for (const [query, path] of [
    ['from=yesterday', 'query.from'],
    ['cursor=x', 'query.cursor'],
    ['limit=201', 'query.limit'],
  ] as const) {
    const { status, body } = await get(world, `/api/admin/events/history?${query}`)
    t.match({ status, body }, { status: 400, body: { errors: [{ path }] } }, query)
  }
})
