// @ts-check
import { h } from '../dom.js'

/**
 * Any JSON as nested lists of terms and values, so that a receipt shows all that it says.
 *
 * @param {unknown} value
 * @returns {HTMLElement}
 */
export function receiptList(value) {
  if (value === null || typeof value !== 'object') return h('span', {}, String(value))
  if (Array.isArray(value)) {
    if (value.length === 0) return h('span', {}, 'none')
    return h('ul', {}, ...value.map((one) => h('li', {}, receiptList(one))))
  }
  const rows = Object.entries(value).map(([name, one]) =>
    h('div', {}, h('dt', {}, words(name)), h('dd', {}, receiptList(one))),
  )
  return h('dl', { class: 'receipt' }, ...rows)
}

/** `tipScores` and `tip_scores` read “tip scores”. @param {string} name */
function words(name) {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
}
