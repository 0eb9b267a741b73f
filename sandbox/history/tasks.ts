import type { TaskRow } from '../../db/tables.ts'
import { PROJECTS } from '../../sim/environment/persona.ts'
import { DAY, HOUR } from '../../src/clock.ts'
import { localTime } from '../../src/features/local-time.ts'
import { addDays, dueDay } from '../../src/tips/due.ts'
import { itemFromTemplate } from '../todoist/make-item.ts'
import { createId, shuffle } from '../todoist/random.ts'
import { templates } from '../todoist/templates.ts'
import type { Person } from './people.ts'

/** A person's tasks as time goes by. Times only go forward from call to call. */
export interface TaskList {
  /** What there was to do then. */
  openAt(at: number): TaskRow[]
  /** How many came since `openAt` was asked last. */
  arrivedBy(at: number): number
  projectOf(id: string): 'work' | 'home' | 'errands'
  /** A recurring one moves on to its next day. */
  complete(id: string, at: number): void
  /** All that had come by then, as the last sync left them. */
  rowsAt(at: number): TaskRow[]
}

/** Chance that an open task is done on a day without anybody asking for it. */
const DONE_ANYHOW = 0.05

/** @param since when the person's list begins, @param until when it ends; milliseconds since the epoch */
export function createTaskList(
  person: Person,
  userId: string,
  since: number,
  until: number,
): TaskList {
  const { random, timeZone } = person
  const busyness = person.connection === 'never' ? 0 : person.busyness
  const days = (until - since) / DAY
  const arriving = Math.round(busyness * (1 + DONE_ANYHOW * days))
  const order = shuffle(random.next, templates)
  /** Days between two occurrences, by id. */
  const every = new Map<string, number>()
  let looked = since

  const all = Array.from({ length: arriving }, (_, index): TaskRow => {
    // The first were there before; the others came evenly.
    const ago = index < busyness ? -random.below(30 * DAY) : random.below(until - since)
    const added = since + ago
    const template = order[index % order.length] ?? templates[0]
    if (!template) throw new Error('there are no templates')
    const item = itemFromTemplate(template, {
      userId,
      projectIds: { Work: 'Work', Home: 'Home', Errands: 'Errands' },
      timezone: timeZone,
      now: added,
      random: random.next,
    })
    const id = `todoist:${createId(random.next)}`
    if (template.every) every.set(id, template.every.days)
    return {
      id,
      user_id: userId,
      provider: 'todoist',
      status: 'open',
      content: item.content,
      description: item.description || null,
      project: item.project_id,
      labels: JSON.stringify(item.labels),
      priority: item.priority,
      due: item.due?.date ?? null,
      due_time_zone: item.due?.timezone ?? null,
      is_recurring: Number(item.due?.is_recurring ?? false),
      url: `https://app.todoist.com/app/task/${id.slice('todoist:'.length)}`,
      added_at: added,
      updated_at: added,
      completed_at: null,
      synced_in: added,
    }
  }).sort((a, b) => (a.added_at ?? 0) - (b.added_at ?? 0))

  const find = (id: string) => all.find((task) => task.id === id)
  const openNow = (at: number) =>
    all.filter(({ status, added_at }) => status === 'open' && (added_at ?? 0) <= at)

  function complete(id: string, at: number): void {
    const task = find(id)
    if (task?.status !== 'open') return
    task.updated_at = at
    const days = every.get(id)
    if (days !== undefined && task.due !== null) {
      const { day: today } = localTime(at, timeZone)
      const from = (dueDay(task.due, timeZone) ?? today) < today ? today : task.due.slice(0, 10)
      task.due = addDays(from, days) + task.due.slice(10)
    } else {
      task.status = 'completed'
      task.completed_at = at
    }
  }

  return {
    openAt(at) {
      const chance = 1 - (1 - DONE_ANYHOW) ** ((at - looked) / DAY)
      for (const { id, added_at } of openNow(looked)) {
        const from = Math.max(looked, added_at ?? 0)
        if (random.next() < chance) complete(id, from + random.below(Math.max(1, at - from)))
      }
      looked = Math.max(looked, at)
      return openNow(at)
    },
    arrivedBy: (at) =>
      all.filter(({ added_at }) => (added_at ?? 0) > looked && (added_at ?? 0) <= at).length,
    projectOf: (id) =>
      PROJECTS.find((name) => name === find(id)?.project?.toLowerCase()) ?? 'errands',
    complete,
    rowsAt: (at) =>
      all
        .filter(({ added_at }) => (added_at ?? 0) <= at)
        .map((task) => ({ ...task, synced_in: at - random.below(HOUR) })),
  }
}
