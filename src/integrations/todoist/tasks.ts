import type { ProviderTask } from '../provider.ts'
import type { Item } from './answers.ts'

/** A day, a floating local time, or a UTC time, to the second or finer. */
const DUE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z?)?$/

export interface TaskContext {
  /** Project names by id. */
  projects: Readonly<Record<string, string>>
  /** Origin of the web app in which a person opens a task. */
  webUrl: string
}

/** An item as a task, in the words that every provider shares. */
export function taskOf(item: Item, { projects, webUrl }: TaskContext): ProviderTask {
  const due = item.due && DUE.test(item.due.date) ? item.due : null
  return {
    externalId: item.id,
    state: item.is_deleted ? 'deleted' : item.checked ? 'completed' : 'open',
    content: item.content ?? '',
    description: item.description || null,
    project: projects[item.project_id ?? ''] ?? null,
    labels: item.labels ?? [],
    priority: item.priority ?? 1,
    due: due?.date ?? null,
    dueTimeZone: due?.timezone ?? null,
    isRecurring: due?.is_recurring ?? false,
    url: `${webUrl}/app/task/${encodeURIComponent(item.id)}`,
    addedAt: timeOf(item.added_at),
    updatedAt: timeOf(item.updated_at),
    completedAt: timeOf(item.completed_at),
  }
}

function timeOf(text: string | null | undefined): number | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : at
}

/** There are some six hundred, and each may be written in several ways. */
const MAX_ZONES = 2_000
/** Zones by the name that was given; to ask takes a hundred times as long. */
const zones = new Map<string, string>()

/** The name, when it is one that this runtime can calculate with. */
export function knownTimeZone(name: string | undefined): string | null {
  if (!name) return null
  const known = zones.get(name)
  if (known !== undefined) return known
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    if (zones.size < MAX_ZONES) zones.set(name, timeZone)
    return timeZone
  } catch {
    return null
  }
}
