import t from 'tap'
import type { TipScoreRow } from '../../../db/tables.ts'
import { createApp } from '../../../src/app.ts'
import { DAY, HOUR, MINUTE } from '../../../src/clock.ts'
import { newId } from '../../../src/ids.ts'
import { purgeTips } from '../../../src/tips/retention.ts'
import { addTasks, answer, recommend, startTips, type TipsWorld, until } from './world.ts'

const count = async (
  { app }: Pick<TipsWorld, 'app'>,
  table: 'tip_scores' | 'tip_feedback' | 'shadow_scores' | 'idempotency_keys' | 'sessions',
) => (await app.db.selectFrom(table).selectAll().execute()).length

const never = new AbortController().signal

t.test('a tip goes with all that hangs on it, on the day it is too old', async (t) => {
  const world = await startTips(t, { RETENTION_DAYS: '30' })
  const { app, ada, clock } = world
  await addTasks(world, ada.userId, [{}])
  await app.policies.refresh('f'.repeat(32))
  const { tip } = (await recommend(world, { cookie: ada.cookie, key: 'k' })).json()
  await answer(world, ada.cookie, tip.id, 'done')
  t.ok((await count(world, 'shadow_scores')) > 0)
  clock.advance(30 * DAY)
  t.equal(await purgeTips(app, 30, never), 0, 'thirty days are kept')
  clock.advance(1)
  t.equal(await purgeTips(app, 30, never), 1)
  for (const table of [
    'tip_scores',
    'tip_feedback',
    'shadow_scores',
    'idempotency_keys',
  ] as const) {
    t.equal(await count(world, table), 0, table)
  }
})

t.test('the start removes what has become too old while the server was off', async (t) => {
  const world = await startTips(t, { RETENTION_DAYS: '1', SESSION_IDLE_MS: String(HOUR) })
  const { app, ada, clock, config } = world
  await recommend(world, { cookie: ada.cookie, key: 'old' })
  await app.close()
  clock.advance(DAY + MINUTE)
  const again = await createApp({ config, clock })
  t.teardown(() => again.close())
  await again.ready()
  await until(async () => (await count({ app: again }, 'tip_scores')) === 0)
  await until(async () => (await count({ app: again }, 'sessions')) === 0)
  await until(async () => (await count({ app: again }, 'idempotency_keys')) === 0)
  const ended = await again.db
    .selectFrom('events')
    .select(['user_id', 'payload'])
    .where('type', '=', 'signals.session.ended')
    .execute()
  t.match(ended, [{ user_id: ada.userId, payload: /"reason":"expired"/ }])
})

t.test('thousands of old tips go without anybody having to wait long', async (t) => {
  const world = await startTips(t)
  const { app, ada, clock } = world
  await addTasks(
    world,
    ada.userId,
    Array.from({ length: 50 }, () => ({})).map((_, i) => ({ id: `t${i}` })),
  )
  const { tip } = (await recommend(world, { cookie: ada.cookie })).json()
  const row = await app.db
    .selectFrom('tip_scores')
    .selectAll()
    .where('id', '=', tip.id)
    .executeTakeFirstOrThrow()
  await addCopies(world, row, 2_000)
  clock.advance(60 * DAY)

  let longest = 0
  let last = performance.now()
  const watch = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  t.equal(await purgeTips(app, 30, never), 2_001)
  clearInterval(watch)
  t.comment(`the loop was held up for ${Math.round(longest)} ms at most`)
  t.ok(longest < 250, `${Math.round(longest)} ms`)
})

async function addCopies({ app }: TipsWorld, row: TipScoreRow, copies: number): Promise<void> {
  for (let done = 0; done < copies; done += 500) {
    const rows = Array.from({ length: 500 }, () => ({ ...row, id: newId() }))
    await app.db.insertInto('tip_scores').values(rows).execute()
  }
}
