import { wordsOf } from './api.js'
import { byId, h } from './dom.js'

/** @typedef {import('./dom.js').Child} Child */

const TOAST_MS = 6_000

/** @param {string} text @param {'ok' | 'bad'} [kind] */
export function toast(text, kind = 'ok') {
  const element = h('p', { class: `toast ${kind}` }, text)
  byId('toasts').append(element)
  setTimeout(() => element.remove(), TOAST_MS)
}

/**
 * Asks before something is changed, and says what will happen.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {Child} question.consequence
 * @param {string} question.yes the button's words
 * @param {boolean} [question.reason] also asks why
 * @returns {Promise<{ reason: string } | undefined>} undefined: no
 */
export function confirm({ title, consequence, yes, reason = false }) {
  const why = h('input', { name: 'reason', maxlength: '500', autocomplete: 'off' })
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'dialog-title' },
    h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'dialog-title' }, title),
      h('div', {}, consequence),
      reason &&
        h('label', {}, 'Why (kept in the audit log; write nothing that identifies a person)', why),
      h(
        'div',
        { class: 'buttons' },
        h('button', { value: '' }, 'Cancel'),
        h('button', { value: 'yes', class: 'primary' }, yes),
      ),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes' ? { reason: why.value.trim() } : undefined)
    })
  })
}

/**
 * Does something that was asked for, and says how it went.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @param {(result: T) => string} said
 * @returns {Promise<T | undefined>}
 */
export async function perform(action, said) {
  try {
    const result = await action()
    toast(said(result))
    return result
  } catch (error) {
    toast(wordsOf(error), 'bad')
    return undefined
  }
}
