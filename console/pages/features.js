import { client, ProblemError } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { h, link } from '../lib/dom.js'
import { duration, NONE, rounded, shortId, time } from '../lib/format.js'
import { remember } from '../lib/router.js'
import { sentFeatures } from '../lib/sent.js'
import { empty, part } from '../lib/states.js'
import { table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Feature']} Feature */

/** What is known of a user, and how old it is. @type {import('../lib/router.js').Page} */
export function features({ query, entitle }) {
  const userId = query.get('user')
  if (userId) {
    return {
      title: 'Features',
      parent: ['features', 'Features'],
      content: [ofUser(userId, entitle), lastCall(userId)],
    }
  }
  const field = h('input', { name: 'q', class: 'id', type: 'search', autocomplete: 'off' })
  field.value = query.get('q') ?? ''
  const found = part(
    () => usersFor(field.value.trim()),
    (content) => content,
  )
  /** @param {SubmitEvent} event */
  function find(event) {
    event.preventDefault()
    remember(field.value.trim() ? { q: field.value.trim() } : {})
    found.reload()
  }
  return {
    title: 'Features',
    content: [
      h(
        'form',
        { class: 'filters', role: 'search', onsubmit: find },
        h('label', {}, 'E-mail, name or id of a user', field),
        h('button', {}, 'Find'),
      ),
      found.element,
    ],
  }
}

/** @param {string} q the beginning of an e-mail address or a name, or an id; empty: who joined last */
async function usersFor(q) {
  const { items } = await client.usersPage({ limit: 20, ...(q && { q }) })
  if (items.length === 0 && q) return empty('Nobody is found', `Nobody’s name begins with “${q}”.`)
  if (items.length === 0) return empty('No users yet', 'Features are computed for who gets tips.')
  return table(
    'Users',
    [
      [
        q ? 'User' : 'Joined last',
        ({ id, name, email }) => link(`/admin/features?user=${id}`, name ?? email ?? id),
        'wide',
      ],
      ['E-mail', ({ email }) => email ?? NONE, 'wide'],
      ['Last active', ({ lastActiveAt }) => time(lastActiveAt)],
    ],
    items,
  )
}

/** @param {string} userId @param {(title: string) => void} entitle */
const ofUser = (userId, entitle) =>
  part(
    () => Promise.all([client.user(userId), client.features(userId)]),
    ([{ name, email }, list]) => {
      entitle(`Features of ${name ?? email ?? userId}`)
      return [
        h(
          'p',
          {},
          ...freshness(list),
          link(`/admin/users/${userId}`, 'The user'),
          ' · ',
          link(`/admin/decisions?user=${userId}`, 'Decisions'),
        ),
        table('Features', columns, list),
      ]
    },
  ).element

/** @param {Feature[]} features */
const freshness = (features) =>
  [...Map.groupBy(features, ({ status }) => status)].map(([status, list]) =>
    h('span', { class: 'keep' }, pill(status), ` ${list.length}\u2003`),
  )

/** @type {import('../lib/table.js').Column<Feature>[]} */
const columns = [
  ['Feature', ({ name }) => h('code', {}, name)],
  ['Value', ({ value }) => rounded(value), 'number'],
  ['Freshness', ({ status }) => pill(status)],
  ['Age', ({ ageSeconds }) => duration(ageSeconds)],
  ['Fresh for', ({ ttlSeconds }) => duration(ttlSeconds)],
  ['Computed from', ({ source }) => source.replace('_', ' ')],
]

/** @param {string} userId */
const lastCall = (userId) => [
  h('h2', {}, 'As sent with the last score call'),
  part(
    () =>
      client.scoreContext(userId).catch((error) => {
        if (error instanceof ProblemError && error.status === 404) return undefined
        throw error
      }),
    (call) =>
      call
        ? [
            h(
              'p',
              {},
              'For the tip ',
              link(`/admin/decisions/${call.tipId}`, shortId(call.tipId)),
              ', ',
              time(call.sentAt),
            ),
            sentFeatures(call),
          ]
        : empty('No score call yet', 'It is made when the user asks for a tip.'),
  ).element,
]
