// @ts-check
/** The parts that a fresh tip and a past one share. */
import { api } from '../api.js'
import { h, link } from '../dom.js'
import { button } from '../notices.js'
import { dueText } from '../time.js'

/** Every answer a person can give, with its button and what the page says afterwards. */
export const ANSWERS = [
  { action: 'done', label: 'Done', said: 'Done. Nice.' },
  { action: 'helpful', label: 'Helpful', said: 'Good to know it helped.' },
  { action: 'snooze', label: 'Not now', said: 'Put off for now.' },
  { action: 'not_helpful', label: 'Not helpful', said: 'Noted. The next one should fit better.' },
  { action: 'dismiss', label: 'Dismiss', said: 'Dismissed.' },
]

const THANKS = { class: 'answered', role: 'status', 'data-testid': 'answered' }

/** @type {Record<string, string>} */
const SOURCES = {
  model: 'Chosen by the model',
  rules: 'Chosen by simple rules',
  cold_start: 'A general tip: no open task is known yet',
}

/** @type {Record<number, string>} */
const PRIORITIES = { 4: 'urgent', 3: 'high priority', 2: 'medium priority' }

/** @param {import('../api.js').Task | null} task */
export function task(task) {
  if (!task) return []
  return [h('p', { class: 'task' }, link(task.url, task.content, { 'data-testid': 'tip-task' }))]
}

/** @param {import('../api.js').Task | null} task */
export function due(task) {
  const priority = task && PRIORITIES[task.priority]
  if (!task?.due && !priority) return []
  const when = task.due ? dueText(task.due) : undefined
  return [
    h(
      'p',
      { class: 'quiet', 'data-testid': 'tip-due' },
      when && h('span', { class: when.overdue ? 'overdue' : '' }, when.text),
      when && priority && ' · ',
      priority,
    ),
  ]
}

/** @param {import('../api.js').Tip} tip */
export function smallPrint({ source, policy, promptVersion }) {
  const words = [SOURCES[source] ?? source, policy, promptVersion && `prompt ${promptVersion}`]
  return h(
    'p',
    { class: 'small-print', 'data-testid': 'tip-small-print' },
    words.filter(Boolean).join(' · '),
  )
}

/**
 * The row of answers; one press replaces it by what was said.
 *
 * @param {string} tipId
 * @param {(label: string) => void} answered
 */
export function answers(tipId, answered) {
  const row = h('div', {
    class: 'row answers',
    role: 'group',
    'aria-label': 'Your answer',
    'data-testid': 'answers',
  })
  for (const { action, label, said } of ANSWERS) {
    const testid = `answer-${action.replace('_', '-')}`
    const answer = async () => {
      await api.feedback(tipId, action)
      const thanks = h('p', { ...THANKS, tabindex: -1 }, said)
      row.replaceWith(thanks)
      thanks.focus()
      answered(label)
    }
    row.append(button(testid, label, answer, { class: action === 'done' ? 'primary' : '' }))
  }
  return row
}
