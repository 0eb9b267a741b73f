import { client, ProblemError } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { duration, NONE, shortId, time } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Feature']} Feature */

/** What is known of a user, and how old it is. @type {import('../lib/router.js').Page} */
export function features({ query }) {
  const userId = query.get('user') ?? ''
  const field = h('input', { name: 'q', required: true, autocomplete: 'off', value: userId })
  return {
    title: 'Features',
    content: [
      h(
        'form',
        { class: 'filters', onsubmit: find },
        h('label', {}, 'E-mail, name or id of a user', field),
        h('button', {}, 'Show'),
      ),
      userId ? [ofUser(userId), lastCall(userId)] : recentlyActive(),
    ],
  }
}

/** @param {SubmitEvent} event */
async function find(event) {
  event.preventDefault()
  const { q = '' } = fieldsOf(/** @type {HTMLFormElement} */ (event.target))
  const { items } = await client.usersPage({ q, limit: 1 }).catch(() => ({ items: [] }))
  navigate(`/admin/features?user=${encodeURIComponent(items[0]?.id ?? q)}`)
}

const recentlyActive = () =>
  part(
    () => client.usersPage({ limit: 20 }),
    ({ items }) =>
      items.length === 0
        ? empty('No users yet', 'Features are computed for those who are signed in.')
        : table(
            'Users',
            [
              [
                'User',
                ({ id, name, email }) => link(`/admin/features?user=${id}`, name ?? email ?? id),
              ],
              ['Last active', ({ lastActiveAt }) => time(lastActiveAt)],
            ],
            items,
          ),
  ).element

/** @param {string} userId */
const ofUser = (userId) => [
  h('p', {}, 'Of user ', link(`/admin/users/${userId}`, shortId(userId))),
  part(
    () => client.features(userId),
    (list) => [freshness(list), table('Features', columns, list)],
  ).element,
]

/** @param {Feature[]} features */
function freshness(features) {
  const counts = Map.groupBy(features, ({ status }) => status)
  return h('p', {}, ...[...counts].map(([status, list]) => [pill(status), ` ${list.length} `]))
}

/** @type {import('../lib/table.js').Column<Feature>[]} */
const columns = [
  ['Feature', ({ name }) => h('code', {}, name)],
  ['Value', ({ value }) => (value === null ? NONE : String(Number(value.toFixed(3)))), 'number'],
  ['Freshness', ({ status }) => pill(status)],
  ['Age', ({ ageSeconds }) => duration(ageSeconds)],
  ['Fresh for', ({ ttlSeconds }) => duration(ttlSeconds)],
  ['Computed from', ({ source }) => source],
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
              'For tip ',
              link(`/admin/decisions/${call.tipId}`, shortId(call.tipId)),
              ', ',
              time(call.sentAt),
            ),
            h(
              'pre',
              { tabindex: '0' },
              JSON.stringify({ context: call.context, features: call.features }, null, 2),
            ),
          ]
        : empty('No score call yet', 'It is made when the user asks for a tip.'),
  ).element,
]
