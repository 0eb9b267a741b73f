import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build, signInAsAdmin } from '../../helper.ts'
import { natsServer, natsMissing as skip } from '../../nats-server.ts'
import { away, delivered, happen, held, ids, logged } from './nats-world.ts'

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
