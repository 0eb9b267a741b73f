import { h, link } from './dom.js'
import { rounded, shortId } from './format.js'

/** @typedef {import('./dom.js').Child} Child */

/** A name and what it is, of a `dl`. @param {string} name @param {...Child} value */
export const fact = (name, ...value) => h('div', {}, h('dt', {}, name), h('dd', {}, ...value))

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/

/** Where an id leads, by the name under which it stands. @type {Record<string, string>} */
const LEADS_TO = { tipId: 'decisions', runId: 'simulations', userId: 'users' }

/** What somebody else put together, as names and values. @param {Record<string, unknown>} object */
export const pairs = (object) =>
  h(
    'span',
    { class: 'pairs' },
    ...Object.entries(object).map(([name, value]) =>
      h('span', {}, h('span', { class: 'name' }, `${name} `), told(name, value)),
    ),
  )

/** @param {string} name @param {unknown} value @returns {Child} */
function told(name, value) {
  if (typeof value === 'number') return rounded(value)
  if (typeof value === 'object' && value !== null) return pairs(/** @type {any} */ (value))
  const text = String(value)
  const section = LEADS_TO[name]
  if (section) return link(`/admin/${section}/${encodeURIComponent(text)}`, shortId(text))
  return UUID.test(text) ? shortId(text) : text
}
