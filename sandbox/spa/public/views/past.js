// @ts-check
import { api } from '../api.js'
import { h } from '../dom.js'
import { button, load } from '../notices.js'
import { ago } from '../time.js'
import { ANSWERS, answers, due, task } from './tip-parts.js'

export function pastView() {
  const body = h('div', { 'aria-live': 'polite' })
  load(
    body,
    () => api.tips(null),
    ({ items, nextCursor }) => {
      if (items.length === 0)
        return [
          h(
            'p',
            { class: 'quiet', 'data-testid': 'no-tips' },
            'No tips yet. Your first one is a click away.',
          ),
        ]
      const list = h('ol', { class: 'list' }, ...items.map(pastTip))
      return [list, ...more(list, nextCursor)]
    },
  )
  return h(
    'section',
    { class: 'page', 'data-testid': 'past-tips', 'aria-labelledby': 'past-title' },
    h('h1', { id: 'past-title' }, 'Past tips'),
    body,
  )
}

/**
 * @param {HTMLElement} list
 * @param {string | null} cursor
 */
function more(list, cursor) {
  if (!cursor) return []
  const older = button('more-tips', 'Show older tips', async () => {
    const { items, nextCursor } = await api.tips(cursor)
    const added = items.map(pastTip)
    list.append(...added)
    row.replaceWith(...more(list, nextCursor))
    added[0]?.focus()
  })
  const row = h('p', { class: 'row' }, older)
  return [row]
}

/** @param {import('../api.js').PastTip} tip */
function pastTip(tip) {
  const given = ANSWERS.filter(({ action }) => tip.feedback.some((one) => one.action === action))
  const labels = given.map(({ label }) => label).join(', ')
  const feedback = h('span', { 'data-testid': 'past-tip-feedback' }, labels || 'no answer yet')
  return h(
    'li',
    { 'data-testid': 'past-tip', tabindex: -1 },
    h('p', { class: 'past-text', 'data-testid': 'past-tip-text' }, tip.text),
    ...task(tip.task),
    ...due(tip.task),
    given.length === 0 && answers(tip.id, (label) => feedback.replaceChildren(label)),
    h('p', { class: 'small-print' }, `${ago(tip.createdAt)} · `, feedback),
  )
}
