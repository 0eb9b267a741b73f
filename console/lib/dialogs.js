import { wordsOf } from './api.js'
import { byId, h } from './dom.js'

/** @typedef {import('./dom.js').Child} Child */

/** What went wrong takes longer to read. */
const TOAST_MS = { ok: 6_000, bad: 15_000 }

/** @param {string} text @param {keyof typeof TOAST_MS} [kind] */
export function toast(text, kind = 'ok') {
  const element = h('p', { class: `toast ${kind}` }, text)
  byId('toasts').append(element)
  setTimeout(() => element.remove(), TOAST_MS[kind])
}

/**
 * Asks before something is changed, and says what will happen.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {Child} question.consequence
 * @param {string} question.yes the button's words
 * @param {boolean} [question.reason] also asks why
 * @param {boolean} [question.danger] it cannot be undone
 * @returns {Promise<{ reason: string } | undefined>} undefined: no
 */
export function confirm({ title, consequence, yes, reason = false, danger = false }) {
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
        h(
          'label',
          {},
          'Why? Kept in the audit log, so write nothing that identifies a person.',
          why,
        ),
      h(
        'div',
        { class: 'buttons' },
        // No submit button: Enter in the field means the other one.
        h('button', { type: 'button', onclick: () => dialog.close('') }, 'Cancel'),
        h('button', { value: 'yes', class: danger ? 'danger' : 'primary' }, yes),
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
