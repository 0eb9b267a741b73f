import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { h, link } from '../lib/dom.js'
import { NONE, time } from '../lib/format.js'
import { remember } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { pagedTable } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['AdminUser']} AdminUser */

const TYPING_MS = 250

/** Everyone, and a search. @type {import('../lib/router.js').Page} */
export function users({ query }) {
  const field = h('input', {
    name: 'q',
    type: 'search',
    class: 'id',
    placeholder: 'How it begins',
    maxlength: '200',
    autocomplete: 'off',
    oninput: typed,
  })
  field.value = query.get('q') ?? ''
  const list = part(find, (content) => content)
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing

  function find() {
    const q = field.value.trim()
    return pagedTable(
      'Users',
      columns,
      (cursor) => client.usersPage({ ...(q && { q }), ...(cursor && { cursor }) }),
      q
        ? empty('Nobody is found', `No e-mail address, name or id begins with “${q}”.`)
        : empty('No users yet', 'The first appears when somebody signs in.'),
    )
  }
  function typed() {
    clearTimeout(typing)
    typing = setTimeout(() => {
      remember(field.value.trim() ? { q: field.value.trim() } : {})
      list.reload()
    }, TYPING_MS)
  }

  return {
    title: 'Users',
    content: [
      h(
        'form',
        {
          class: 'filters',
          role: 'search',
          onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
        },
        h('label', {}, 'E-mail, name or id', field),
      ),
      list.element,
    ],
  }
}

/** @param {import('../lib/dom.js').Child} words */
const clip = (words) => h('span', { class: 'clip' }, words)

/** @type {import('../lib/table.js').Column<AdminUser>[]} */
const columns = [
  ['Name', ({ id, name, email }) => clip(link(`/admin/users/${id}`, name ?? email ?? id))],
  ['E-mail', ({ email }) => clip(email ?? NONE)],
  ['Role', ({ role }) => (role === 'admin' ? pill(role) : role)],
  [
    'Integrations',
    ({ integrations }) =>
      integrations.length > 0
        ? integrations.map(({ provider, status }) =>
            h('span', { class: 'keep' }, provider, ' ', pill(status)),
          )
        : NONE,
  ],
  ['Last active', ({ lastActiveAt }) => time(lastActiveAt)],
  ['Joined', ({ createdAt }) => time(createdAt)],
]
