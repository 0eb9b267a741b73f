import t from 'tap'
import { DAY, HOUR, MINUTE } from '../../src/clock.ts'
import { localTime } from '../../src/features/local-time.ts'
import { lastOccurrence } from '../../src/push/occurrence.ts'
import { calendarOf } from '../../src/stats/calendar.ts'

/** Zones whose clocks do something out of the way: at midnight, by half an hour, by two hours, or never. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'America/Havana',
  'America/Nuuk',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Chatham',
]

/** The first quarter of an hour of each day that a clock on the wall shows, by looking at every one. */
function firstMoments(timeZone: string, from: number, to: number): Map<string, number> {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
  const first = new Map<string, number>()
  for (let at = from; at < to; at += 15 * MINUTE) {
    const day = wall.format(at)
    if (!first.has(day)) first.set(day, at)
  }
  first.delete(wall.format(from))
  return first
}

t.test('every day of a year begins once, in features and in figures', (t) => {
  const from = Date.parse('2026-01-01T00:00:00Z')
  for (const timeZone of ZONES) {
    const calendar = calendarOf(timeZone)
    const wrong: string[] = []
    for (const [day, at] of firstMoments(timeZone, from, from + 366 * DAY)) {
      const noon = localTime(at + 12 * HOUR, timeZone)
      const number = Date.parse(day) / DAY
      const agrees =
        noon.day === day &&
        noon.dayStart === at &&
        calendar.startOf(number) === at &&
        calendar.dayAt(at) === number &&
        calendar.dayAt(at - 1) === number - 1
      if (!agrees) wrong.push(day)
    }
    t.same(wrong, [], timeZone)
  }
  t.end()
})

t.test('the day that Samoa skipped is an empty one', (t) => {
  const calendar = calendarOf('Pacific/Apia')
  const skipped = Date.parse('2011-12-30') / DAY
  t.equal(calendar.startOf(skipped), calendar.startOf(skipped + 1))
  t.equal(calendar.startOf(skipped + 1) - calendar.startOf(skipped - 1), DAY)
  t.end()
})

t.test('the daily tip comes due once a day, whatever the clocks of the zones do', (t) => {
  const due = new Set<number>()
  const from = Date.parse('2026-03-27T00:00:00Z')
  for (let at = from; at < from + 5 * DAY; at += 30 * MINUTE) {
    const occurrence = lastOccurrence('30 2 * * *', at, HOUR)
    if (occurrence !== undefined) due.add(occurrence)
  }
  t.equal(due.size, 5)
  const times = new Set([...due].map((at) => at % DAY))
  t.same([...times], [2.5 * HOUR])
  t.end()
})
