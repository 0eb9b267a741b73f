import { randomBytes } from 'node:crypto'
import t from 'tap'
import { DAY } from '../../../src/clock.ts'
import { featuresOf, type OpenTask } from '../../../src/tips/candidate-features.ts'
import { findChoice, MAX_CANDIDATES } from '../../../src/tips/candidates.ts'
import { addDays, daysBetween, dueDay } from '../../../src/tips/due.ts'
import { addTasks, startTips } from './world.ts'

const NOW = Date.parse('2026-11-22T23:30:00Z')

const task = (change: Partial<OpenTask>): OpenTask => ({
  id: 'todoist:1',
  content: 'Task',
  due: null,
  priority: 1,
  is_recurring: 0,
  url: 'https://example.com',
  added_at: null,
  ...change,
})

t.test('a due date is a day on the user’s own calendar', async (t) => {
  t.equal(dueDay('2026-11-22', 'Asia/Tokyo'), '2026-11-22')
  t.equal(dueDay('2026-11-22T23:30:00', 'Asia/Tokyo'), '2026-11-22', 'a floating time is local')
  t.equal(dueDay('2026-11-22T23:30:00Z', 'Asia/Tokyo'), '2026-11-23')
  t.equal(dueDay('2026-11-22T03:30:00.000000Z', 'America/New_York'), '2026-11-21')
  for (const due of [null, '', 'tomorrow', '2026-99-99']) t.equal(dueDay(due, 'UTC'), null)
  t.equal(daysBetween('2026-02-28', '2026-03-01'), 1)
  t.equal(addDays('2026-12-31', 1), '2027-01-01')
})

t.test('features count in days of the user', async (t) => {
  const view = { now: NOW, today: '2026-11-23', timeZone: 'Asia/Tokyo', shown7d: 2 }
  t.same(featuresOf(task({}), view), {
    ...{ overdue_days: 0, due_today: 0, has_due: 0, due_in_days: 0 },
    ...{ priority: 1, age_days: 0, shown_7d: 2, is_recurring: 0 },
  })
  t.match(featuresOf(task({ due: '2026-11-22' }), view), { overdue_days: 1, has_due: 1 })
  t.match(featuresOf(task({ due: '2026-11-22T23:00:00Z' }), view), { due_today: 1 })
  t.match(featuresOf(task({ due: '2026-11-30' }), view), { due_in_days: 7, overdue_days: 0 })
  t.match(featuresOf(task({ added_at: NOW - 1.5 * DAY }), view), { age_days: 1.5 })
  t.match(featuresOf(task({ added_at: NOW + DAY }), view), { age_days: 0 }, 'clocks may differ')
})

t.test('hour and day of the week are those of the task provider’s time zone', async (t) => {
  const world = await startTips(t)
  const { app, ada, clock } = world
  t.same((await findChoice(app.db, clock, ada.userId)).context, { hour: 9, dow: 0 })
  await app.db
    .insertInto('integrations')
    .values({
      id: 'i',
      user_id: ada.userId,
      provider: 'todoist',
      status: 'connected',
      access_token: 'sealed',
      refresh_token: null,
      token_expires_at: null,
      sync_cursor: null,
      time_zone: 'Pacific/Auckland',
      connected_at: clock(),
      last_synced_at: null,
      next_sync_at: null,
      sync_lease_until: null,
      last_error: null,
    })
    .execute()
  t.same((await findChoice(app.db, clock, ada.userId)).context, { hour: 22, dow: 0 })
  clock.advance(DAY / 6)
  t.same((await findChoice(app.db, clock, ada.userId)).context, { hour: 2, dow: 1 })
})

t.test('overdue goes first, then today, then priority, then age', async (t) => {
  const world = await startTips(t)
  const { app, ada, clock } = world
  await addTasks(world, ada.userId, [
    { id: 'young', added_at: clock() },
    { id: 'old', added_at: clock() - 90 * DAY },
    { id: 'urgent', priority: 4 },
    { id: 'next week', due: '2026-11-29', priority: 3 },
    { id: 'today', due: '2026-11-22' },
    { id: 'overdue', due: '2026-11-21T10:00:00Z' },
    { id: 'long overdue', due: '2025-01-01' },
    { id: 'done', status: 'completed', priority: 4 },
  ])
  const { candidates } = await findChoice(app.db, clock, ada.userId)
  t.same(
    candidates.map(({ id }) => id),
    ['long overdue', 'overdue', 'today', 'urgent', 'next week', 'old', 'young'],
  )
})

t.test('of five thousand tasks the best fifty are found in next to no time', async (t) => {
  const world = await startTips(t)
  const { app, ada, clock } = world
  const many = Array.from({ length: 5_000 }, (_, i) => ({
    id: `todoist:${i}`,
    content: randomBytes(20).toString('hex'),
    due: i % 3 === 0 ? addDays('2026-11-01', i % 400) : null,
    priority: 1 + (i % 4),
    added_at: clock() - i * DAY,
  }))
  await addTasks(world, ada.userId, many)
  const { candidates } = await findChoice(app.db, clock, ada.userId)
  t.equal(candidates.length, MAX_CANDIDATES)
  t.ok(candidates.every(({ features }) => features.overdue_days > 0))
  t.equal(candidates[0]?.features.overdue_days, 21)

  const times = []
  for (let i = 0; i < 21; i++) {
    const startedAt = performance.now()
    await findChoice(app.db, clock, ada.userId)
    times.push(performance.now() - startedAt)
  }
  const median = times.toSorted((a, b) => a - b)[10] ?? 0
  t.comment(`${median.toFixed(1)} ms`)
  t.ok(median < 25, `${median.toFixed(1)} ms`)
})
