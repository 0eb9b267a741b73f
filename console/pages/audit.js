import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { pairs } from '../lib/facts.js'
import { clock, NONE, shortId } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { pagedTable } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['AuditEntry']} AuditEntry */

/** Who did what to whom, and what was refused. @type {import('../lib/router.js').Page} */
export function audit({ query }) {
  const filter = Object.fromEntries(query)
  const filtered = Object.keys(filter).length > 0
  const list = part(
    () =>
      pagedTable(
        'Audit log, newest first',
        columns,
        (cursor) => client.auditPage({ ...filter, ...(cursor && { cursor }) }),
        filtered
          ? empty('No such entries', 'Nothing that was done fits.')
          : empty('No entries', 'Every admin call leaves one, also those that were refused.'),
      ),
    (content) => content,
  )
  return {
    title: 'Audit',
    content: [
      h(
        'form',
        { class: 'filters', onsubmit: find },
        field('action', 'Action', filter),
        field('actor', 'Who (id)', filter),
        field('target', 'Whom or what (id or name)', filter),
        h('button', {}, 'Filter'),
        filtered && h('p', {}, link('/admin/audit', 'Everything')),
      ),
      list.element,
    ],
  }
}

/** @param {string} name @param {string} label @param {Record<string, string>} filter */
const field = (name, label, filter) =>
  h('label', {}, label, h('input', { name, value: filter[name] ?? '', autocomplete: 'off' }))

/** @param {SubmitEvent} event */
function find(event) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  navigate(`/admin/audit?${new URLSearchParams(fieldsOf(form))}`)
}

/** @param {'actor' | 'target'} name @param {string | null} value */
const filterBy = (name, value) =>
  value ? link(`/admin/audit?${new URLSearchParams({ [name]: value })}`, shortId(value)) : NONE

/** @type {import('../lib/table.js').Column<AuditEntry>[]} */
const columns = [
  ['Action', ({ action }) => h('strong', {}, action)],
  ['When', ({ at }) => clock(at)],
  ['Who', ({ actor }) => (actor ? filterBy('actor', actor) : 'nobody')],
  ['Whom or what', ({ target }) => filterBy('target', target)],
  [
    'Outcome',
    ({ outcome, status }) => h('span', { class: 'keep' }, pill(outcome), `\u2002${status}`),
  ],
  ['Detail', ({ detail }) => (Object.keys(detail).length > 0 ? pairs(detail) : NONE), 'wide'],
]
