import { addDays, dayIn } from './calendar.ts'
import { createId, pick, type Random } from './random.ts'
import type { DueKind, Template } from './templates.ts'
import type { Due, Item, ItemSeed } from './types.ts'

export interface ItemContext {
  userId: string
  /** Project of each template's project name, and `Inbox`. */
  projectIds: Readonly<Record<string, string>>
  timezone: string
  /** Milliseconds since the epoch. */
  now: number
  random: Random
}

/** A whole item from what is given of it: open, added now, in the inbox. */
export function completeItem(seed: ItemSeed, context: ItemContext): Item {
  const now = new Date(context.now).toISOString()
  return {
    id: createId(context.random),
    user_id: context.userId,
    project_id: context.projectIds.Inbox ?? '',
    section_id: null,
    parent_id: null,
    child_order: 1,
    description: '',
    priority: 1,
    due: null,
    deadline: null,
    labels: [],
    checked: false,
    is_deleted: false,
    added_at: now,
    updated_at: now,
    completed_at: null,
    ...seed,
  }
}

/** A task from its template, with dates around today in the person's zone, added some time in the last five weeks. */
export function itemFromTemplate(template: Template, context: ItemContext): Item {
  const { random, timezone, now } = context
  const due = dueOf(template, context)
  const added = new Date(now - Math.floor(random() * 35 * 24 * 60) * 60_000).toISOString()
  return completeItem(
    {
      content: template.content,
      description: template.description ?? '',
      project_id: context.projectIds[template.project] ?? '',
      priority: template.priority ?? 1,
      labels: [...(template.labels ?? [])],
      due,
      deadline:
        template.deadlineIn === undefined
          ? null
          : { date: dayIn(timezone, now, template.deadlineIn), lang: 'en' },
      added_at: added,
      updated_at: added,
    },
    context,
  )
}

/** Where the next occurrence of a recurring due date lies, `days` on; a missed one moves on from today. */
export function nextOccurrence(due: Due, days: number, today: string): Due {
  const from = due.date.slice(0, 10) < today ? today + due.date.slice(10) : due.date
  return { ...due, date: addDays(from, days) }
}

function dueOf({ due, every }: Template, { random, timezone, now }: ItemContext): Due | null {
  if (due === 'none') return null
  const date = dayIn(timezone, now, daysAhead(due, random))
  const fixed = due === 'callAt'
  const time = hasTime(due) ? `T${pick(random, ['09:00', '11:30', '15:00', '17:30'])}:00` : ''
  return {
    date: date + time + (fixed ? 'Z' : ''),
    timezone: fixed ? timezone : null,
    string: every?.string ?? date,
    lang: 'en',
    is_recurring: every !== undefined,
  }
}

function hasTime(due: DueKind): boolean {
  return due === 'todayAt' || due === 'callAt'
}

function daysAhead(due: DueKind, random: Random): number {
  switch (due) {
    case 'overdue':
      return -1 - Math.floor(random() * 9)
    case 'thisWeek':
    case 'callAt':
      return 1 + Math.floor(random() * 4)
    case 'nextWeek':
      return 7 + Math.floor(random() * 7)
    default:
      return 0
  }
}
