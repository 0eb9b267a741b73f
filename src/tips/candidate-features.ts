import type { TaskRow } from '../../db/tables.ts'
import { DAY } from '../clock.ts'
import { daysBetween, dueDay } from './due.ts'

export type OpenTask = Pick<
  TaskRow,
  'id' | 'content' | 'due' | 'priority' | 'is_recurring' | 'url' | 'added_at'
>

/** What the policies know of a task. Days are calendar days of the user; flags are 0 or 1. */
export type CandidateFeatures = {
  overdue_days: number
  due_today: number
  has_due: number
  /** 0 when it is overdue or has no due date. */
  due_in_days: number
  /** 1 (none) – 4 (most urgent). */
  priority: number
  /** Days since the task was added, with fractions. */
  age_days: number
  /** How often it was tipped in the last seven days. */
  shown_7d: number
  is_recurring: number
}

export interface Viewpoint {
  now: number
  /** The user's day. */
  today: string
  /** IANA name. */
  timeZone: string
  shown7d: number
}

export function featuresOf(task: OpenTask, view: Viewpoint): CandidateFeatures {
  const due = dueDay(task.due, view.timeZone)
  const dueInDays = due === null ? 0 : daysBetween(view.today, due)
  const ageMs = task.added_at === null ? 0 : Math.max(0, view.now - task.added_at)
  return {
    overdue_days: Math.max(0, -dueInDays),
    due_today: Number(due === view.today),
    has_due: Number(due !== null),
    due_in_days: Math.max(0, dueInDays),
    priority: task.priority,
    age_days: Math.round((ageMs / DAY) * 100) / 100,
    shown_7d: view.shown7d,
    is_recurring: task.is_recurring,
  }
}
