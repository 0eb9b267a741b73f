import t from 'tap'
import { knownTimeZone, taskOf } from '../../../../src/integrations/todoist/tasks.ts'

const context = { projects: { p: 'Home' }, webUrl: 'https://app.todoist.com' }

t.test('an item in our words', (t) => {
  const due = { date: '2026-11-22T09:00:00Z', timezone: 'Europe/Berlin', is_recurring: true }
  const item = {
    ...{ id: '6X7rM8', content: 'Water plants', description: '', project_id: 'p', priority: 4 },
    ...{ due, labels: ['garden'], checked: false, is_deleted: false },
    ...{ added_at: '2026-11-01T08:00:00.000000Z', updated_at: null, completed_at: null },
  }
  t.same(taskOf(item, context), {
    externalId: '6X7rM8',
    state: 'open',
    content: 'Water plants',
    description: null,
    project: 'Home',
    labels: ['garden'],
    priority: 4,
    due: '2026-11-22T09:00:00Z',
    dueTimeZone: 'Europe/Berlin',
    isRecurring: true,
    url: 'https://app.todoist.com/app/task/6X7rM8',
    addedAt: Date.parse('2026-11-01T08:00:00Z'),
    updatedAt: null,
    completedAt: null,
  })
  t.end()
})

t.test('a deleted item may be little more than its id', (t) => {
  t.match(taskOf({ id: 'x', is_deleted: true }, context), { state: 'deleted', externalId: 'x' })
  t.match(taskOf({ id: 'x', is_deleted: true, checked: true }, context), { state: 'deleted' })
  t.match(taskOf({ id: 'x', checked: true }, context), { state: 'completed' })
  t.end()
})

t.test('a due date that is none is left out', (t) => {
  const dueOf = (date: string) => taskOf({ id: 'x', due: { date } }, context).due
  for (const date of ['2026-11-22', '2026-11-22T09:00:00', '2026-11-22T09:00:00.000000Z']) {
    t.equal(dueOf(date), date)
  }
  for (const date of ['', 'tomorrow', '2026-11-22T09:00', '2026-11-22T09:00:00+01:00']) {
    t.equal(dueOf(date), null, date)
  }
  t.end()
})

t.test('a time zone counts when one can calculate with it', (t) => {
  t.equal(knownTimeZone('Europe/Berlin'), 'Europe/Berlin')
  t.equal(knownTimeZone('Middle/Earth'), null)
  t.equal(knownTimeZone(undefined), null)
  t.end()
})
