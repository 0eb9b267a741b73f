import { client } from '../lib/api.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { pairs } from '../lib/facts.js'
import { clock, NONE, shortId } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, failed, part } from '../lib/states.js'
import { rowOf, table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Event']} Event */
/** @typedef {import('../lib/table.js').Column<Event>} Column */

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

/** @type {Column} */
const EVENT = ['Event', ({ type }) => h('strong', {}, type.replace('signals.', ''))]
/** @type {Column} */
const TIME = ['Time', ({ occurredAt }) => clock(occurredAt)]
/** @type {Column} */
const WHAT = ['What', ({ payload }) => pairs(payload), 'wide']
/** @type {Column} */
const USER = [
  'User',
  ({ userId }) => (userId ? link(`/admin/users/${userId}`, shortId(userId)) : NONE),
]

/** Of one user. @type {Column[]} */
export const timelineColumns = [EVENT, TIME, WHAT]
const columns = [EVENT, TIME, USER, WHAT]

/** What happens, as it happens. @type {import('../lib/router.js').Page} */
export function events({ query, left }) {
  const filter = Object.fromEntries(query)
  const state = h('span', { role: 'status', class: 'pill' }, 'connecting …')
  const pause = h('button', { type: 'button', disabled: true }, 'Pause')
  const list = part(
    () => client.recentEvents({ ...filter, limit: SHOWN }),
    ({ items }) => live(items, filter, { state, pause, left }),
  )
  return {
    title: 'Events',
    tools: h('div', { class: 'buttons' }, h('p', {}, state), pause),
    content: [filters(filter), list.element],
  }
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
  const userId = h('input', {
    ...{ name: 'userId', class: 'id', value: filter.userId ?? '', autocomplete: 'off' },
  })
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
    const query = new URLSearchParams(fieldsOf(form)).toString()
    navigate(`/admin/events${query && `?${query}`}`)
  }
  return form
}

/**
 * The newest events, to which what happens from now on is added above.
 *
 * @param {Event[]} items
 * @param {Record<string, string>} filter
 * @param {{ state: HTMLElement, pause: HTMLButtonElement, left: AbortSignal }} around
 */
function live(items, filter, { state, pause, left }) {
  const rows = table('Events, newest first', columns, items)
  const none =
    items.length === 0 ? empty('Nothing yet', 'What happens from now on appears here.') : undefined
  const add = pausable(pause, /** @type {HTMLElement} */ (rows.querySelector('tbody')))
  rows.hidden = items.length === 0
  /** @param {string} text @param {string} [kind] */
  const say = (text, kind = '') => {
    state.textContent = text
    state.className = `pill ${kind}`
  }
  const lastEventId = items[0]?.seq
  const stream = client.followEvents(filter, {
    signal: left,
    ...(lastEventId !== undefined && { lastEventId: String(lastEventId) }),
    onState: (now) =>
      now === 'open' ? say('live', 'good') : say('connection lost, coming back …', 'fair'),
    onGap: () => say('live; some events were missed', 'fair'),
  })
  follow(stream, (event) => {
    none?.remove()
    rows.hidden = false
    add(event)
  }).catch((error) => {
    say('ended', 'bad')
    rows.before(failed(error))
  })
  return [none, rows]
}

/** @param {AsyncIterable<Event>} stream @param {(event: Event) => void} add */
async function follow(stream, add) {
  for await (const event of stream) add(event)
}

/**
 * Who reads can hold the list still; what comes meanwhile is added when it goes on.
 *
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} body
 */
function pausable(button, body) {
  /** @type {Event[] | undefined} */
  let held
  /** @param {Event} event */
  function show(event) {
    const row = rowOf(columns, event)
    row.className = 'fresh'
    body.prepend(row)
    body.children[SHOWN]?.remove()
  }
  const name = () => {
    const many = held && held.length >= SHOWN ? `${SHOWN}+` : held?.length
    button.textContent = held ? `Go on${many ? ` (${many} new)` : ''}` : 'Pause'
  }
  button.disabled = false
  button.onclick = () => {
    const waiting = held ?? []
    held = held ? undefined : []
    waiting.forEach(show)
    name()
  }
  /** @param {Event} event */
  return (event) => {
    if (held) held = [...held, event].slice(-SHOWN)
    else show(event)
    name()
  }
}
