import t from 'tap'
import { DAY, MINUTE } from '../../../src/clock.ts'
import { signInPerson } from '../../helper.ts'
import { addTasks, recommend, startTips, type TipsWorld, until } from './world.ts'

const tipsOf = ({ app }: TipsWorld) => app.db.selectFrom('tip_scores').select('id').execute()

t.test('the same key gives the same tip for a day', async (t) => {
  const world = await startTips(t)
  const { cookie, userId } = world.ada
  await addTasks(world, userId, [{}, {}, {}])
  const first = await recommend(world, { cookie, key: 'breakfast' })
  const again = await recommend(world, { cookie, key: 'breakfast', body: {} })
  t.equal(again.statusCode, 200)
  t.equal(again.body, first.body, 'to the byte, body or no body')
  t.equal((await tipsOf(world)).length, 1)
  t.equal(world.ml.control.requests('score').length, 1)

  const other = await recommend(world, { cookie, key: 'lunch' })
  t.not(other.json().tip.id, first.json().tip.id)
  world.clock.advance(DAY + MINUTE)
  const nextDay = await recommend(world, { cookie, key: 'breakfast' })
  t.not(nextDay.json().tip.id, first.json().tip.id)
})

t.test('a key belongs to one person', async (t) => {
  const world = await startTips(t)
  const bob = await signInPerson(world)
  const mine = await recommend(world, { cookie: world.ada.cookie, key: 'k' })
  const his = await recommend(world, { cookie: bob.cookie, key: 'k' })
  t.not(mine.json().tip.id, his.json().tip.id)
})

t.test('a used key with another body is refused as such, a fresh one as a bad body', async (t) => {
  const world = await startTips(t)
  const { cookie } = world.ada
  await recommend(world, { cookie, key: 'used' })
  for (const body of [{ mood: 'fine' }, [], [1]]) {
    const used = await recommend(world, { cookie, key: 'used', body })
    t.equal(used.statusCode, 422)
    t.equal(used.json().code, 'idempotency_key_reused')
    const fresh = await recommend(world, { cookie, key: 'fresh', body })
    t.equal(fresh.statusCode, 400)
  }
  t.equal((await recommend(world, { cookie, key: 'fresh' })).statusCode, 200)
})

t.test('a key is 1 to 255 visible ASCII characters', async (t) => {
  const world = await startTips(t)
  const { cookie } = world.ada
  t.equal((await recommend(world, { cookie, key: 'x'.repeat(255) })).statusCode, 200)
  for (const key of ['', 'x'.repeat(256), 'two words', 'caf\u00e9']) {
    const response = await recommend(world, { cookie, key })
    t.equal(response.statusCode, 400, JSON.stringify(key))
    t.match(response.json().errors, [{ path: 'headers.idempotency-key' }])
  }
})

t.test('while the first request is under way the second is told to wait', async (t) => {
  const world = await startTips(t)
  const { cookie, userId } = world.ada
  await addTasks(world, userId, [{}])
  world.ml.control.fault({ endpoint: 'generate', kind: 'slow', ms: 1_500 })
  const first = recommend(world, { cookie, key: 'k' })
  await until(() => world.ml.control.requests('generate').length > 0)
  const second = await recommend(world, { cookie, key: 'k' })
  t.equal(second.statusCode, 409)
  t.equal(second.json().code, 'idempotency_in_progress')
  t.equal(second.headers['retry-after'], '1')
  const body = await recommend(world, { cookie, key: 'k', body: { other: true } })
  t.equal(body.statusCode, 422)
  t.equal((await first).statusCode, 200)
  t.equal((await recommend(world, { cookie, key: 'k' })).body, (await first).body)
})

t.test('twenty requests at once with one key make one tip', async (t) => {
  const world = await startTips(t)
  const { cookie, userId } = world.ada
  await addTasks(world, userId, [{}])
  const all = Array.from({ length: 20 }, () => recommend(world, { cookie, key: 'k' }))
  const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode)
  t.ok(statuses.includes(200))
  t.ok(statuses.every((status) => status === 200 || status === 409))
  t.equal((await tipsOf(world)).length, 1)
})

t.test('a request that fails gives its key back', async (t) => {
  const world = await startTips(t)
  const { cookie, userId } = world.ada
  await addTasks(world, userId, [{}])
  world.ml.control.fault({ endpoint: 'generate', kind: 'slow', ms: 500 })
  const doomed = recommend(world, { cookie, key: 'k' })
  await until(() => world.ml.control.requests('generate').length > 0)
  await world.app.db.schema.alterTable('tip_scores').renameTo('away').execute()
  t.equal((await doomed).statusCode, 500)
  await world.app.db.schema.alterTable('away').renameTo('tip_scores').execute()
  t.equal((await recommend(world, { cookie, key: 'k' })).statusCode, 200)
})

t.test('a crash holds the key no longer than the request could have taken', async (t) => {
  const world = await startTips(t)
  const { cookie, userId } = world.ada
  const { clock, app } = world
  await app.tips.idempotency.claim({ userId, key: 'k', bodyHash: 'of a process that died' })
  t.equal((await recommend(world, { cookie, key: 'k' })).statusCode, 422)
  clock.advance(MINUTE)
  t.equal((await recommend(world, { cookie, key: 'k' })).statusCode, 200)
})

t.test('whoever was overtaken stores nothing', async (t) => {
  const world = await startTips(t)
  const { cookie, userId } = world.ada
  const { app, clock, ml } = world
  await addTasks(world, userId, [{}])
  ml.control.fault({ endpoint: 'generate', kind: 'slow', ms: 800, times: 1 })
  const slow = recommend(world, { cookie, key: 'k' })
  await until(() => ml.control.requests('generate').length > 0)
  clock.advance(MINUTE)
  const fast = await recommend(world, { cookie, key: 'k' })
  t.equal(fast.statusCode, 200)
  t.equal((await slow).statusCode, 409)
  t.same(await tipsOf(world), [{ id: fast.json().tip.id }])
  const served = await app.db
    .selectFrom('events')
    .select('seq')
    .where('type', '=', 'signals.tip.served')
    .execute()
  t.equal(served.length, 1)
})
