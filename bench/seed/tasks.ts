import type SQLite from 'better-sqlite3'
import { DAY } from '../../src/clock.ts'
import type { Person } from './people.ts'

/** Writes open tasks of these people: some overdue, some due soon, some without a date. */
export function addTasks(database: SQLite.Database, people: readonly Person[], each: number): void {
  const now = Date.now()
  const insert = database.prepare(
    `insert into tasks (id, user_id, provider, status, content, labels, priority, due, is_recurring, url, added_at, synced_in)
     values (?, ?, 'todoist', 'open', ?, '[]', ?, ?, 0, 'https://todoist.invalid/1', ?, ?)`,
  )
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10)
  database.transaction(() => {
    for (const { id } of people) {
      for (let n = 0; n < each; n++) {
        const due = n % 3 === 2 ? null : dayOf(now + (n - 5) * DAY)
        insert.run(`todoist:${n}`, id, `Task number ${n}`, 1 + (n % 4), due, now - n * DAY, now)
      }
    }
  })()
}
