import t from 'tap'
import { lastOccurrence } from '../../../src/push/occurrence.ts'

const HOUR = 3_600_000
const at = (time: string) => Date.parse(time)
const lastAt = (cron: string, now: string) => {
  const found = lastOccurrence(cron, at(now), HOUR)
  return found === undefined ? undefined : new Date(found).toISOString()
}

t.test('the last time that a schedule came due, in UTC', async (t) => {
  t.equal(lastAt('0 9 * * *', '2026-11-22T09:00:00.000Z'), '2026-11-22T09:00:00.000Z')
  t.equal(lastAt('0 9 * * *', '2026-11-22T09:00:00.730Z'), '2026-11-22T09:00:00.000Z')
  t.equal(lastAt('0 9 * * *', '2026-11-22T09:59:59.999Z'), '2026-11-22T09:00:00.000Z')
  t.equal(lastAt('*/15 * * * *', '2026-11-22T09:44:59.000Z'), '2026-11-22T09:30:00.000Z')
  t.equal(lastAt('* * * * * *', '2026-11-22T09:44:59.900Z'), '2026-11-22T09:44:59.000Z')
  t.equal(lastAt('0-9 * * * * *', '2026-11-22T09:44:59.900Z'), '2026-11-22T09:44:09.000Z')
})

t.test('undefined when it did not come due within the time asked for', async (t) => {
  t.equal(lastAt('0 9 * * *', '2026-11-22T08:59:59.999Z'), undefined)
  t.equal(lastAt('0 9 * * *', '2026-11-22T10:00:02.000Z'), undefined)
  t.equal(lastAt('0 0 29 2 *', '2026-11-22T09:00:00.000Z'), undefined)
  t.equal(lastAt('0 0 30 2 *', '2026-11-22T09:00:00.000Z'), undefined, 'which never comes')
})
