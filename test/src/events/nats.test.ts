import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from 'nats'
import t from 'tap'
import { STREAM } from '../../../src/events/jetstream.ts'
import { build, signInAsAdmin, type TestApp } from '../../helper.ts'
import { natsMissing, natsServer } from '../../nats-server.ts'

const skip = natsMissing

async function happen({ app }: TestApp, count = 1, userId = 'ann') {
  for (let n = 0; n < count; n++) {
    await app.transact('f'.repeat(32), async (_trx, emit) => {
      await emit('signals.integration.connected', userId, { provider: `provider-${n}` })
    })
  }
}

/** Waits until everything has been delivered. */
async function delivered({ app }: TestApp) {
  for (let tries = 0; tries < 600; tries++) {
    const { nats, backlog } = app.eventDelivery.status()
    if (nats === 'connected' && backlog === 0) return
    await sleep(50)
  }
  throw new Error(`not delivered: ${JSON.stringify(app.eventDelivery.status())}`)
}

async function away({ app }: TestApp) {
  while (app.eventDelivery.status().nats !== 'disconnected') await sleep(20)
}

/** Everything that the stream holds, in its order. */
async function held(connection: NatsConnection): Promise<{ seq: number; id: string }[]> {
  const jsm = await connection.jetstreamManager()
  const { state } = await jsm.streams.info(STREAM)
  const items: { seq: number; id: string }[] = []
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    items.push((await jsm.streams.getMessage(STREAM, { seq })).json())
  }
  return items
}

const logged = ({ app }: TestApp, after = 0) =>
  app.db
    .selectFrom('events')
    .select(['seq', 'id'])
    .where('seq', '>', after)
    .orderBy('seq')
    .execute()

const ids = (items: { id: string }[]) => items.map((item) => item.id)

t.test('each event is in the stream once and in order', { skip }, async (t) => {
  const nats = await natsServer(t)
  await nats.start()
  const world = await build(t, { NATS_URL: nats.url })
  await happen(world, 120)
  await delivered(world)
  const connection = await nats.connect()
  t.same(ids(await held(connection)), ids(await logged(world)))

  const jsm = await connection.jetstreamManager()
  const last = await jsm.streams.getMessage(STREAM, {
    last_by_subj: 'signals.integration.connected',
  })
  t.match(last.json(), {
    type: 'signals.integration.connected',
    userId: 'ann',
    occurredAt: /Z$/,
    payload: { provider: 'provider-119' },
  })
  t.equal(last.header.get('Nats-Msg-Id'), last.json<{ id: string }>().id)

  const cookie = await signInAsAdmin(world)
  const recent = await world.app.inject({
    url: '/api/admin/events?limit=3&type=signals.integration.connected',
    headers: { cookie },
  })
  t.match(recent.json(), {
    source: 'jetstream',
    items: [119, 118, 117].map((n) => ({ payload: { provider: `provider-${n}` } })),
  })
})

t.test('NATS absent at the start: the API works, and the backlog follows', { skip }, async (t) => {
  const nats = await natsServer(t)
  const world = await build(t, { NATS_URL: nats.url })
  await happen(world, 700)
  const cookie = await signInAsAdmin(world)
  const url = '/api/admin/events?limit=1'
  const recent = await world.app.inject({ url, headers: { cookie } })
  t.match(recent.json(), { source: 'memory', items: [{}] })
  t.match(world.app.eventDelivery.status(), { nats: 'disconnected', backlog: 702 - 1 })
  await nats.start()
  await delivered(world)
  t.same(ids(await held(await nats.connect())), ids(await logged(world)))
})

for (const end of ['stop', 'kill'] as const) {
  t.test(`NATS restarted (${end}) in the middle loses and repeats nothing`, { skip }, async (t) => {
    const nats = await natsServer(t)
    await nats.start()
    const world = await build(t, { NATS_URL: nats.url })
    await happen(world, 50)
    const more = happen(world, 1_500)
    await sleep(100)
    await nats[end]()
    await more
    await away(world)
    await happen(world, 50)
    await nats.start()
    await delivered(world)
    t.same(ids(await held(await nats.connect())), ids(await logged(world)))
  })
}

t.test(
  'a deleted stream is made again, and nothing that came since is missing',
  { skip },
  async (t) => {
    const nats = await natsServer(t)
    await nats.start()
    const world = await build(t, { NATS_URL: nats.url })
    await happen(world, 10)
    await delivered(world)
    const connection = await nats.connect()
    const before = (await held(connection)).at(-1)?.seq ?? 0
    await (await connection.jetstreamManager()).streams.delete(STREAM)
    await happen(world, 30)
    await delivered(world)
    t.same(ids(await held(connection)), ids(await logged(world, before)))
  },
)

t.test('a delivery in doubt is not repeated, however long ago it was', { skip }, async (t) => {
  const nats = await natsServer(t)
  await nats.start()
  const first = await build(t, { NATS_URL: nats.url })
  await happen(first, 20)
  await delivered(first)
  const connection = await nats.connect()
  const jsm = await connection.jetstreamManager()
  await first.app.close()
  // As after a crash between the publishing and the note of it, with the duplicate window long over.
  const second = await build(t, { DATABASE_PATH: first.config.DATABASE_PATH })
  await second.app.db
    .updateTable('outbox_cursors')
    .set({ seq: 5 })
    .where('name', '=', 'nats')
    .execute()
  await jsm.streams.update(STREAM, { duplicate_window: 100_000_000 })
  await sleep(500)
  const third = await build(t, {
    DATABASE_PATH: first.config.DATABASE_PATH,
    NATS_URL: nats.url,
  })
  await happen(third, 5)
  await delivered(third)
  t.same(ids(await held(connection)), ids(await logged(third)))
})

t.test('somebody else in the stream does not stop the delivery', { skip }, async (t) => {
  const nats = await natsServer(t)
  await nats.start()
  const world = await build(t, { NATS_URL: nats.url })
  await delivered(world)
  const connection = await nats.connect()
  let busy = true
  const noise = (async () => {
    const js = connection.jetstream()
    while (busy) {
      await js.publish('signals.foreign', 'not JSON').catch(() => {})
      await sleep(5)
    }
  })()
  await happen(world, 60)
  await delivered(world)
  busy = false
  await noise
  const jsm = await connection.jetstreamManager()
  const last = await jsm.streams.getMessage(STREAM, { last_by_subj: 'signals.integration.*' })
  t.equal(last.json<{ id: string }>().id, (await logged(world)).at(-1)?.id)
})
