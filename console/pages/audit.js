import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { fieldsOf, h } from '../lib/dom.js'
import { shortId, time } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { pagedTable } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['AuditEntry']} AuditEntry */

/** Who did what to whom, and what was refused. @type {import('../lib/router.js').Page} */
export function audit({ query }) {
  const filter = Object.fromEntries(query)
  const list = part(
    () =>
      pagedTable(
        'Audit log, newest first',
        columns,
        (cursor) => client.auditPage({ ...filter, ...(cursor && { cursor }) }),
        empty('No entries', 'Every admin call leaves one, also those that were refused.'),
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

/** @type {import('../lib/table.js').Column<AuditEntry>[]} */
const columns = [
  ['When', ({ at }) => time(at)],
  ['Who', ({ actor }) => (actor ? shortId(actor) : 'nobody')],
  ['Action', ({ action }) => h('strong', {}, action)],
  ['Whom or what', ({ target }) => (target ? shortId(target) : '–')],
  ['Outcome', ({ outcome, status }) => [pill(outcome), ` ${status}`]],
  [
    'Detail',
    ({ detail }) =>
      h('code', { class: 'quiet' }, Object.keys(detail).length > 0 ? JSON.stringify(detail) : '–'),
  ],
]
