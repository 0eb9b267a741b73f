// @ts-check
/** Times for people, in the browser's language and time zone. */

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** @type {[limitSeconds: number, divisor: number, unit: Intl.RelativeTimeFormatUnit][]} */
const STEPS = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [7 * 86_400, 86_400, 'day'],
]

/**
 * “5 minutes ago”, “in 2 hours”; a plain date and time beyond a week.
 *
 * @param {string | null} iso
 */
export function ago(iso) {
  if (!iso) return 'never'
  const seconds = (Date.parse(iso) - Date.now()) / 1000
  const step = STEPS.find(([limit]) => Math.abs(seconds) < limit)
  if (!step) return moment.format(new Date(iso))
  const [limit, divisor, unit] = step
  return limit === 60 && seconds <= 0
    ? 'just now'
    : relative.format(Math.trunc(seconds / divisor), unit)
}

/**
 * When a task is due. Todoist writes a day (`2025-03-01`), a floating local time (no zone) or a UTC time (`…Z`).
 *
 * @param {string} due
 * @returns {{ text: string, overdue: boolean }}
 */
export function dueText(due) {
  const wholeDay = !due.includes('T')
  const date = new Date(wholeDay ? `${due}T00:00:00` : due)
  const days = Math.round((startOfDay(date) - startOfDay(new Date())) / 86_400_000)
  const near = Math.abs(days) <= 1 ? relative.format(days, 'day') : day.format(date)
  const overdue = wholeDay ? days < 0 : date.getTime() < Date.now()
  return { text: `Due ${near}${wholeDay ? '' : `, ${clock.format(date)}`}`, overdue }
}

/** @param {Date} date */
function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
