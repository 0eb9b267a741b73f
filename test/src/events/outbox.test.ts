import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { MINUTE, SECOND } from '../../../src/clock.ts'
import type { OoEvent } from '../../../src/events/bus.ts'
import { createOutboxConsumer } from '../../../src/events/outbox.ts'
import { build, fakeClock } from '../../helper.ts'

type Deliver = (events: OoEvent[]) => Promise<void>

async function start(t: Test, deliver: Deliver, batchSize = 3) {
  const clock = fakeClock()
  const { app } = await build(t, {}, { clock })
  const warnings: { failures: number; waitMs: number }[] = []
  const log = { ...silent, warn: (fields: object) => warnings.push(fields as never) }
  const options = {
    ...{ db: app.db, bus: app.bus, clock, log, deliver, batchSize },
    name: 'test',
    types: ['signals.sim.queued'] as const,
  }
  const consumer = createOutboxConsumer(options)
  t.teardown(() => consumer.close())
  const emit = (...runIds: string[]) =>
    app.transact('f'.repeat(32), async (_trx, note) => {
      for (const runId of runIds) await note('signals.sim.queued', null, { runId })
      await note('signals.sim.started', null, { runId: 'not wanted' })
    })
  return { app, clock, consumer, emit, warnings, options }
}

const silent = { info() {}, warn() {}, error() {} }
const runIds = (events: OoEvent[]) =>
  events.map(({ payload }) => (payload as { runId: string }).runId)

t.test('events are delivered in order, in batches, right after the commit', async (t) => {
  const batches: string[][] = []
  const { emit, consumer } = await start(t, async (events) => {
    batches.push(runIds(events))
  })
  await emit('1', '2', '3', '4')
  await emit('5')
  await consumer.run()
  t.same(batches.flat(), ['1', '2', '3', '4', '5'])
  t.ok(batches.every((batch) => batch.length <= 3))
  await consumer.run()
  t.equal(batches.flat().length, 5, 'and once')
})

t.test('while nobody takes events they wait in the database, not in memory', async (t) => {
  const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
  const { app, emit } = await start(t, () => isBack)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await emit('1')
  const event = { seq: 1, id: '1', userId: null, occurredAt: 0, traceId: '', payload: {} }
  const published = Array.from({ length: 20 }, () => {
    const one = { ...event, type: 'signals.sim.queued' } as OoEvent
    app.bus.publish([one])
    return new WeakRef(one)
  })
  await sleep(50)
  collect()
  const kept = published.filter((one) => one.deref() !== undefined)
  // One or two may still be on the stack, or in the tail of recent events.
  t.ok(kept.length < 5, `${kept.length} of 20 are kept`)
  comeBack()
})

t.test('there is one delivery at a time', async (t) => {
  let atOnce = 0
  let most = 0
  const { emit, consumer } = await start(t, async () => {
    most = Math.max(most, ++atOnce)
    await sleep(20)
    atOnce--
  })
  await Promise.all(['1', '2', '3', '4', '5', '6'].map((id) => emit(id)))
  await Promise.all([consumer.run(), consumer.run(), consumer.run()])
  t.equal(most, 1)
})

t.test('a failed delivery waits longer each time, and is made again whole', async (t) => {
  let ill = true
  const seen: string[][] = []
  const { emit, consumer, clock, warnings } = await start(t, async (events) => {
    seen.push(runIds(events))
    if (ill) throw new Error('ill')
  })
  await emit('1', '2')
  await consumer.run()
  t.equal(seen.length, 1)
  await consumer.run()
  t.equal(seen.length, 1, 'not before its time')
  for (let i = 0; i < 9; i++) {
    clock.advance(MINUTE)
    await consumer.run()
  }
  t.equal(seen.length, 10)
  const waits = warnings.map(({ waitMs }) => waitMs)
  t.ok((waits[0] ?? 0) <= SECOND / 2)
  t.ok(waits.every((wait) => wait <= MINUTE))
  t.ok((waits.at(-1) ?? 0) >= MINUTE / 2)
  ill = false
  clock.advance(MINUTE)
  await consumer.run()
  t.same(seen.at(-1), ['1', '2'])
  await emit('3')
  await consumer.run()
  t.same(seen.at(-1), ['3'])
})

t.test('the place is kept: a new consumer goes on where the last one stopped', async (t) => {
  const first: string[] = []
  const { emit, consumer, options } = await start(t, async (events) => {
    first.push(...runIds(events))
  })
  await emit('1', '2')
  await consumer.run()
  await consumer.close()
  await emit('3')
  await consumer.run()
  t.same(first, ['1', '2'], 'closed is closed')
  const second: string[] = []
  const next = createOutboxConsumer({
    ...options,
    deliver: async (events: OoEvent[]) => void second.push(...runIds(events)),
  })
  await next.run()
  await next.close()
  t.same(second, ['3'])
})

t.test('a backlog is delivered with a rest after each full batch', async (t) => {
  const { emit, options } = await start(t, async () => {})
  const at: number[] = []
  const deliver = async () => void at.push(performance.now())
  const rested = createOutboxConsumer({ ...options, name: 'rested', deliver, restMs: 80 })
  t.teardown(() => rested.close())
  await emit('1', '2', '3', '4', '5', '6', '7')
  await rested.run()
  const [first = 0, second = 0, third = 0] = at
  t.equal(at.length, 3)
  t.ok(second - first > 70 && third - second > 70, `${second - first} and ${third - second} ms`)
})
