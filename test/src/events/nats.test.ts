import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { STREAM } from '../../../src/events/jetstream.ts'
import { build, signInAsAdmin } from '../../helper.ts'
import { natsServer, natsMissing as skip } from '../../nats-server.ts'
import { delivered, happen, held, ids, logged } from './nats-world.ts'

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
