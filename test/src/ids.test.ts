import t from 'tap'
import { continueIdsAfter, newId } from '../../src/ids.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

t.test('ids sort by creation, within a millisecond and after the clock was set back', (t) => {
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  const made: string[] = []
  const make = (count: number) => {
    for (let n = 0; n < count; n += 1) made.push(newId())
  }
  make(10_000)
  Date.now = () => now() - 25 * 3_600_000
  make(10_000)
  Date.now = now
  make(10)
  t.same(made, made.toSorted())
  t.equal(new Set(made).size, made.length)
  t.ok(made.every((id) => UUID_V7.test(id)))
  t.end()
})

t.test('a new process goes on behind the ids of the one before', (t) => {
  const later = `${(Date.now() + 60_000).toString(16).padStart(12, '0')}`
  const last = `${later.slice(0, 8)}-${later.slice(8)}-7abc-8000-000000000000`
  continueIdsAfter(last)
  t.ok(newId() > last)
  continueIdsAfter('not an id of ours')
  continueIdsAfter('01000000-0000-7000-8000-000000000000')
  t.ok(newId() > last)
  t.end()
})
