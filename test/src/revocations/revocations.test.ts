import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { DAY, HOUR, MINUTE } from '../../../src/clock.ts'
import { build, fakeClock, type TestApp } from '../../helper.ts'
import { until } from '../integrations/world.ts'

const traceId = 'f'.repeat(32)
const SECRET = 'what-the-handler-needs'

const queue = ({ app }: TestApp, kind = 'test', secret = SECRET) =>
  app.transact(traceId, (trx) => app.revocations.queue(trx, kind, secret))

const rows = ({ app }: TestApp) => app.db.selectFrom('revocations').selectAll().execute()

t.test('what is queued is told once, with its secret, and forgotten', async (t) => {
  const world = await build(t)
  const told: string[] = []
  world.app.revocations.register('test', async (secret) => {
    told.push(secret)
  })
  const queued = [await queue(world), await queue(world, 'test', 'another')]
  const results = await world.app.revocations.attempt(queued, { traceId })
  t.same(
    results,
    queued.map((one) => ({ ...one, done: true })),
  )
  t.same(told.sort(), ['another', SECRET])
  t.same(await rows(world), [])
})

t.test('a rolled back transaction queues nothing', async (t) => {
  const world = await build(t)
  const { transact, revocations } = world.app
  await t.rejects(
    transact(traceId, async (trx) => {
      await revocations.queue(trx, 'test', SECRET)
      throw new Error('never mind')
    }),
  )
  t.same(await rows(world), [])
})

t.test('what fails is tried again, ever later, by the job', async (t) => {
  const clock = fakeClock()
  const world = await build(t, { LOG_LEVEL: 'warn' }, { clock })
  let isDown = true
  world.app.revocations.register('test', async () => {
    if (isDown) throw new Error(`cannot tell ${SECRET}`)
  })
  const queued = await queue(world)
  t.match(await world.app.revocations.attempt([queued], { traceId }), [{ done: false }])
  let wait = 0
  for (let attempts = 1; attempts < 14; attempts++) {
    // By this attempt or by the job's, whichever got hold of it.
    await until(async () => (await rows(world))[0]?.attempts === attempts)
    const [row] = await rows(world)
    wait = (row?.next_attempt_at ?? 0) - clock()
    t.ok(wait > 0 && wait <= HOUR)
    clock.advance(wait)
    await world.app.revocations.attempt([queued], { traceId })
  }
  t.ok(wait >= HOUR / 2, 'up to an hour')
  t.notMatch(JSON.stringify(await rows(world)), SECRET)
  t.notMatch(JSON.stringify(world.log), SECRET)
  isDown = false
  clock.advance(HOUR)
  await until(async () => (await rows(world)).length === 0)
})

t.test('after thirty days it is given up, loudly', async (t) => {
  const clock = fakeClock()
  const world = await build(t, { LOG_LEVEL: 'error' }, { clock })
  const queued = await queue(world, 'nobody-handles-this')
  await world.app.revocations.attempt([queued], { traceId })
  t.equal((await rows(world)).length, 1)
  clock.advance(30 * DAY)
  await until(async () => (await rows(world)).length === 0)
  t.match(world.log, [{ msg: 'revocation given up', kind: 'nobody-handles-this', level: 'error' }])
})

t.test('an attempt that takes long is answered before it ends, and goes on', async (t) => {
  const world = await build(t)
  const release = Promise.withResolvers<void>()
  world.app.revocations.register('test', () => release.promise)
  const queued = await queue(world)
  const results = await world.app.revocations.attempt([queued], { traceId, withinMs: 50 })
  t.match(results, [{ done: false }])
  release.resolve()
  await until(async () => (await rows(world)).length === 0)
})

t.test('two who try at once tell it once; one that died is followed by another', async (t) => {
  const clock = fakeClock()
  const world = await build(t, {}, { clock })
  let told = 0
  const hang = Promise.withResolvers<void>()
  world.app.revocations.register('test', () => {
    told += 1
    return hang.promise
  })
  const queued = await queue(world)
  const attempt = () => world.app.revocations.attempt([queued], { traceId, withinMs: 50 })
  await Promise.all([attempt(), attempt()])
  t.equal(told, 1)
  clock.advance(2 * MINUTE)
  await attempt()
  await until(() => told === 2)
  hang.resolve()
  await sleep(20)
})

t.test('a secret moved to another row does not open', async (t) => {
  const world = await build(t)
  const one = await queue(world)
  const other = await queue(world, 'test', 'another')
  const [row] = (await rows(world)).filter(({ id }) => id === one.id)
  await world.app.db
    .updateTable('revocations')
    .set({ secret: row?.secret ?? '', next_attempt_at: 0 })
    .where('id', '=', other.id)
    .execute()
  const told: string[] = []
  world.app.revocations.register('test', async (secret) => {
    told.push(secret)
  })
  t.match(await world.app.revocations.attempt([other], { traceId }), [{ done: false }])
  t.same(told, [])
})

t.test('a kind is registered once', async (t) => {
  const { app } = await build(t)
  t.throws(() => app.revocations.register('todoist', async () => {}), /registered twice/)
})
