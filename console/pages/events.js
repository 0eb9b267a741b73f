import { client } from '../lib/api.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { clock, shortId } from '../lib/format.js'
import { remember } from '../lib/router.js'
import { empty, failed, part } from '../lib/states.js'
import { rowOf, table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Event']} Event */

const SHOWN = 100
const TYPES = [
  'signals.user.created',
  'signals.user.deleted',
  'signals.session.started',
  'signals.session.ended',
  'signals.integration.connected',
  'signals.integration.disconnected',
  'signals.integration.failed',
  'signals.task.synced',
  'signals.tip.served',
  'signals.tip.feedback',
  'signals.push.sent',
  'signals.policy.toggled',
  'signals.sim.queued',
  'signals.sim.started',
  'signals.sim.finished',
  'signals.admin.action',
]

/** @type {import('../lib/table.js').Column<Event>[]} */
export const eventColumns = [
  ['Time (UTC)', ({ occurredAt }) => clock(occurredAt)],
  ['Event', ({ type }) => h('strong', {}, type.replace('signals.', ''))],
  ['User', ({ userId }) => (userId ? link(`/admin/users/${userId}`, shortId(userId)) : '–')],
  ['What', ({ payload }) => what(payload)],
]

/** @param {Record<string, unknown>} payload */
const what = (payload) =>
  h(
    'span',
    { class: 'quiet' },
    ...Object.entries(payload).map(([name, value]) =>
      name === 'tipId'
        ? [link(`/admin/decisions/${value}`, 'decision'), ' ']
        : `${name} ${typeof value === 'object' ? JSON.stringify(value) : value} `,
    ),
  )

/** What happens, as it happens. @type {import('../lib/router.js').Page} */
export function events({ query, left }) {
  const filter = Object.fromEntries(query)
  const state = h('p', { class: 'quiet', role: 'status' }, 'Connecting …')
  const list = part(
    () => client.recentEvents({ ...filter, limit: SHOWN }),
    ({ items }) => live(items, filter, state, left),
  )
  return { title: 'Events', content: [filters(filter), state, list.element] }
}

/** @param {Record<string, string>} filter */
function filters(filter) {
  const type = h(
    'select',
    { name: 'type', onchange: apply },
    h('option', { value: '' }, 'all'),
    ...TYPES.map((name) => h('option', { value: name }, name.replace('signals.', ''))),
  )
  type.value = filter.type ?? ''
  const userId = h('input', { name: 'userId', value: filter.userId ?? '', autocomplete: 'off' })
  const form = h(
    'form',
    { class: 'filters', onsubmit: apply },
    h('label', {}, 'Event', type),
    h('label', {}, 'User id', userId),
    h('button', {}, 'Filter'),
  )
  /** @param {globalThis.Event} event */
  function apply(event) {
    event.preventDefault()
    remember(fieldsOf(form))
    dispatchEvent(new window.Event('oo:navigate'))
  }
  return form
}

/**
 * The newest events, to which what happens from now on is added above.
 *
 * @param {Event[]} items
 * @param {Record<string, string>} filter
 * @param {HTMLElement} state
 * @param {AbortSignal} left
 */
function live(items, filter, state, left) {
  const rows = table('Events, newest first', eventColumns, items)
  const body = /** @type {HTMLElement} */ (rows.querySelector('tbody'))
  const none =
    items.length === 0 ? empty('Nothing yet', 'What happens from now on appears here.') : undefined
  const lastEventId = items[0]?.seq
  const stream = client.followEvents(filter, {
    signal: left,
    ...(lastEventId !== undefined && { lastEventId: String(lastEventId) }),
    onState: (now) =>
      (state.textContent = now === 'open' ? 'Live' : 'Connection lost, coming back …'),
    onGap: () =>
      (state.textContent = 'Live; some events were missed while the connection was lost'),
  })
  add(stream, body, () => none?.remove()).catch((error) => state.replaceChildren(failed(error)))
  return [none, rows]
}

/** @param {AsyncIterable<Event>} stream @param {HTMLElement} body @param {() => void} first */
async function add(stream, body, first) {
  for await (const event of stream) {
    first()
    body.prepend(rowOf(eventColumns, event))
    body.children[SHOWN]?.remove()
  }
}
