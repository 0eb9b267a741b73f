import t from 'tap'
import { hourReader, localTime } from '../../../src/features/local-time.ts'

const at = Date.parse

t.test('the same moment is another hour, and another day, elsewhere', async (t) => {
  const now = at('2026-11-22T23:30:15.250Z')
  t.same(localTime(now, 'UTC'), {
    day: '2026-11-22',
    hour: 23,
    dow: 0,
    dayStart: at('2026-11-22T00:00:00Z'),
  })
  t.same(localTime(now, 'Asia/Kathmandu'), {
    day: '2026-11-23',
    hour: 5,
    dow: 1,
    dayStart: at('2026-11-22T18:15:00Z'),
  })
  t.match(localTime(now, 'America/Los_Angeles'), { day: '2026-11-22', hour: 15 })
})

t.test('a day on which the clocks change began with the offset of its night', async (t) => {
  const spring = localTime(at('2026-03-29T10:00:00Z'), 'Europe/Berlin')
  t.match(spring, { hour: 12, dayStart: at('2026-03-28T23:00:00Z') })
  const autumn = localTime(at('2026-10-25T10:00:00Z'), 'Europe/Berlin')
  t.match(autumn, { hour: 11, dayStart: at('2026-10-24T22:00:00Z') })
})

t.test('clocks change on the minute, not only on the hour', async (t) => {
  const zone = 'America/St_Johns'
  const last = localTime(at('2010-11-07T02:30:59.999Z'), zone)
  t.match(last, { day: '2010-11-07', hour: 0 })
  t.match(localTime(at('2010-11-07T02:31:00Z'), zone), { day: '2010-11-06', hour: 23 })
  t.same(localTime(at('2010-11-07T02:30:00Z'), zone), last)
})

t.test('midnight is hour 0 of the new day', async (t) => {
  t.match(localTime(at('2026-11-22T00:00:00Z'), 'UTC'), { day: '2026-11-22', hour: 0 })
})

t.test('the hour reader agrees with the wall clock through a change of the clocks', async (t) => {
  for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']) {
    const hourOf = hourReader(zone)
    for (let minute = 0; minute < 48 * 60; minute += 7) {
      const moment = at('2026-10-24T00:00:00Z') + minute * 60_000
      if (hourOf(moment) !== localTime(moment, zone).hour) t.fail(`${zone} ${moment}`)
    }
    t.equal(hourOf(at('2026-10-25T12:00:00Z')), localTime(at('2026-10-25T12:00:00Z'), zone).hour)
  }
})

t.test('a zone that nobody knows is an error', async (t) => {
  t.throws(() => localTime(0, 'Mars/Olympus'), RangeError)
})
