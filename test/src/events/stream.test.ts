import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { migrate } from '../../../db/migrate.ts'
import { openDatabase } from '../../../db/open.ts'
import { createEventBus } from '../../../src/events/bus.ts'
import { openEventStream, type StreamOptions } from '../../../src/events/stream.ts'
import { createEventTail } from '../../../src/events/tail.ts'
import { createTransact } from '../../../src/events/transact.ts'

async function world(t: Test) {
  const { db } = openDatabase(':memory:')
  await migrate(db)
  const bus = createEventBus(() => {})
  const tail = await createEventTail(db, bus)
  const transact = createTransact(db, bus, Date.now)
  const closing = new AbortController()
  t.teardown(async () => {
    closing.abort()
    tail.close()
    await db.destroy()
  })
  return {
    tail,
    happen: (count: number) =>
      transact('f'.repeat(32), async (_trx, emit) => {
        for (let n = 0; n < count; n++) await emit('signals.sim.queued', null, { runId: `${n}` })
      }),
    open: (options: Partial<StreamOptions> = {}) =>
      openEventStream(db, tail, {
        filter: {},
        stillAllowed: async () => true,
        signal: closing.signal,
        ...options,
      }),
  }
}

t.test('a client that takes nothing is cut off, and costs no memory until then', async (t) => {
  const { open, happen, tail } = await world(t)
  const stream = open({ stallMs: 300, lastEventId: '0' })
  stream.once('readable', () => {})
  await happen(3_000)
  await tail.catchUp()
  t.ok(stream.readableLength <= 1, 'one frame at most waits for it')
  await once(stream, 'close')
  t.ok(stream.destroyed)
})

t.test('a client that takes everything stays, and hears a heartbeat', async (t) => {
  const { open } = await world(t)
  const stream = open({ stallMs: 300, heartbeatMs: 50 })
  const frames: string[] = []
  stream.on('data', (frame) => frames.push(frame))
  await sleep(800)
  t.notOk(stream.destroyed)
  t.ok(frames.filter((frame) => frame === ': heartbeat\n\n').length >= 3)
})

t.test('who is no longer allowed to sees nothing more', async (t) => {
  const { open, happen } = await world(t)
  let allowed = true
  const stream = open({ stillAllowed: async () => allowed })
  const frames: string[] = []
  stream.on('data', (frame) => frames.push(frame))
  await happen(1)
  await sleep(100)
  const before = frames.length
  allowed = false
  await happen(1)
  await once(stream, 'close')
  t.equal(frames.length, before)
})
