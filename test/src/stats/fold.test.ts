import t, { type Test } from 'tap'
import { insertEvent } from '../../../db/events.ts'
import { migrate } from '../../../db/migrate.ts'
import { type Database, openDatabase } from '../../../db/open.ts'
import { calendarOf, dateOf } from '../../../src/stats/calendar.ts'
import { foldAll, foldBatch } from '../../../src/stats/fold.ts'
import { reconcile } from '../../../src/stats/reconcile.ts'
import { reportStats } from '../../../src/stats/report.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const silent = { info() {}, warn() {}, error() {} }

async function emptyDatabase(t: Test): Promise<Database> {
  const { db } = openDatabase(':memory:')
  t.teardown(() => db.destroy())
  await migrate(db)
  return db
}

interface Happening {
  at: number
  userId: string
  type: 'signals.tip.served' | 'signals.session.started' | 'signals.task.synced'
  source?: string
}

let events = 0
function note(db: Database, { at, userId, type, source = 'model' }: Happening) {
  return insertEvent(db, {
    id: `event-${events++}`,
    type,
    user_id: userId,
    occurred_at: at,
    trace_id: 'f'.repeat(32),
    payload: JSON.stringify({ source, latencyMs: 100, kind: 'oidc' }),
  })
}

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** 25 users over 100 days around the change of the clocks, some often there, some hardly ever, and a silent month. */
function life(seed: number, start: number): Happening[] {
  const next = random(seed)
  const types = ['signals.tip.served', 'signals.session.started', 'signals.task.synced'] as const
  const all: Happening[] = []
  for (let n = 0; n < 600; n++) {
    const day = next() < 0.7 ? next() * 40 : 75 + next() * 25
    all.push({
      at: Math.floor(start + day * DAY),
      userId: `user-${Math.floor(next() ** 2 * 25)}`,
      type: types[Math.floor(next() * 3)] ?? 'signals.tip.served',
      source: next() < 0.2 ? 'rules' : 'model',
    })
  }
  return all.sort((a, b) => a.at - b.at)
}

t.test('figures are those of counting by hand, in any time zone', async (t) => {
  for (const [seed, start] of [
    [1, '2026-02-20T00:00:00Z'],
    [2, '2026-09-15T00:00:00Z'],
  ] as const) {
    const db = await emptyDatabase(t)
    const all = life(seed, Date.parse(start))
    for (const one of all) await note(db, one)
    await foldAll(db, 60_000)
    const now = Date.parse(start) + 105 * DAY
    for (const tz of [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Havana',
      'Africa/Cairo',
      'Antarctica/Troll',
      'Pacific/Kiritimati',
    ]) {
      const { series } = await reportStats(db, now, { days: 120, tz })
      t.same(
        series.map(({ date, dau, wau, mau, tipsServed }) => ({ date, dau, wau, mau, tipsServed })),
        byHand(all, tz, now, 120),
        `${tz}, from ${start}`,
      )
    }
  }
})

/** Straight from the definitions, by the date that a clock on the wall shows. */
function byHand(all: readonly Happening[], tz: string, now: number, days: number) {
  const wall = new Intl.DateTimeFormat('en-CA', { timeZone: tz, dateStyle: 'short' })
  const dayOf = (at: number) => Date.parse(wall.format(at)) / DAY
  const known = all.map((one) => ({ ...one, day: dayOf(one.at) }))
  const active = known.filter((one) => one.type !== 'signals.task.synced')
  const users = (from: number, to: number) =>
    new Set(active.filter(({ day }) => day >= from && day <= to).map((one) => one.userId)).size
  const today = dayOf(now)
  return Array.from({ length: days }, (_, index) => {
    const day = today - days + 1 + index
    const tips = known.filter((one) => one.day === day && one.type === 'signals.tip.served')
    return {
      date: dateOf(day),
      dau: users(day, day),
      wau: users(day - 6, day),
      mau: users(day - 29, day),
      tipsServed: tips.length,
    }
  })
}

t.test('years of silence are caught up with in slices', async (t) => {
  const db = await emptyDatabase(t)
  const start = Date.parse('2025-01-01T12:00:00Z')
  await note(db, { at: start - 4 * 365 * DAY, userId: 'bob', type: 'signals.tip.served' })
  await note(db, { at: start, userId: 'ann', type: 'signals.tip.served' })
  await note(db, { at: start + 365 * DAY, userId: 'ann', type: 'signals.tip.served' })
  let batches = 0
  while (await foldBatch(db)) batches++
  t.ok(batches > 5, `${batches} transactions`)
  const { series, mau } = await reportStats(db, start + 365 * DAY, { days: 365, tz: 'UTC' })
  t.equal(mau, 1)
  t.equal(series.filter((day) => day.mau > 0).length, 30, 'the month of the first, and today')
})

t.test('an event from before the clock was set back counts where it belongs', async (t) => {
  const db = await emptyDatabase(t)
  const noon = Date.parse('2026-11-22T12:00:00Z')
  for (const at of [noon - 2 * DAY, noon, noon - DAY, noon + MINUTE]) {
    await note(db, { at, userId: 'ann', type: 'signals.tip.served' })
    await foldAll(db, 60_000)
  }
  const { series } = await reportStats(db, noon, { days: 4, tz: 'UTC' })
  t.same(
    series.map((day) => day.tipsServed),
    [0, 1, 1, 2],
  )
})

t.test('reconciliation mends what was tampered with, and nothing else', async (t) => {
  const db = await emptyDatabase(t)
  const noon = Date.parse('2026-11-22T12:00:00Z')
  for (const [userId, days] of [
    ['month', 25],
    ['week', 5],
  ] as const) {
    await note(db, { at: noon - days * DAY, userId, type: 'signals.tip.served' })
  }
  for (let n = 0; n < 60; n++) {
    const at = noon - DAY - n * 7 * MINUTE
    await note(db, { at, userId: `user-${n % 7}`, type: 'signals.tip.served' })
  }
  // Of one who has left, only that something happened is known; what was counted of it stays.
  await foldAll(db, 60_000)
  await note(db, { at: noon, userId: 'ann', type: 'signals.tip.served', source: 'rules' })
  await foldAll(db, 60_000)
  await db
    .updateTable('events')
    .set({ user_id: 'deleted-1', payload: '{}' })
    .where('user_id', '=', 'user-3')
    .execute()
  const right = await reportStats(db, noon, { days: 5, tz: 'UTC' })
  t.equal(await reconcile(db, silent), 0)

  const rows = await db.selectFrom('stats_quarters').selectAll().execute()
  for (const row of rows) {
    const totals = JSON.parse(row.totals)
    if (row.quarter * 15 * MINUTE > noon - DAY) totals.tips += 3
    const active = JSON.stringify(JSON.parse(row.active).map((users: number) => users && users + 1))
    await db
      .updateTable('stats_quarters')
      .set({ totals: JSON.stringify(totals), active })
      .where('quarter', '=', row.quarter)
      .execute()
  }
  t.not((await reportStats(db, noon, { days: 5, tz: 'UTC' })).tipsServed, right.tipsServed)
  t.ok((await reconcile(db, silent)) > 0)
  const mended = await reportStats(db, noon, { days: 5, tz: 'UTC' })
  t.equal(mended.tipsServed, right.tipsServed)
  const active = ({ series }: typeof right) =>
    series.slice(-3).map(({ dau, wau, mau }) => [dau, wau, mau])
  t.same(active(mended), active(right))
})

t.test('a day begins when the clocks first show it', (t) => {
  const startOf = (tz: string, date: string) =>
    new Date(calendarOf(tz).startOf(Date.parse(date) / DAY)).toISOString()
  t.equal(startOf('UTC', '2026-11-22'), '2026-11-22T00:00:00.000Z')
  t.equal(startOf('Asia/Kathmandu', '2026-11-22'), '2026-11-21T18:15:00.000Z')
  t.equal(startOf('Europe/Berlin', '2026-03-29'), '2026-03-28T23:00:00.000Z')
  t.equal(startOf('Europe/Berlin', '2026-03-30'), '2026-03-29T22:00:00.000Z')
  t.equal(startOf('America/Havana', '2026-03-08'), '2026-03-08T05:00:00.000Z', 'no midnight')
  t.equal(startOf('America/Havana', '2026-11-01'), '2026-11-01T04:00:00.000Z', 'midnight twice')
  t.end()
})
