import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { milliseconds, shortId, time } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { pagedTable } from '../lib/table.js'
import { receipt } from './receipt.js'

/** @typedef {import('../lib/api.js').Schemas['Event']} Event */

/** The latest decisions, each a link to its receipt. @type {import('../lib/router.js').Page} */
export function decisions({ query }) {
  const userId = query.get('user') ?? undefined
  const filter = {
    type: /** @type {const} */ ('signals.tip.served'),
    limit: 50,
    ...(userId && { userId }),
  }
  const list = part(
    () =>
      pagedTable(
        'Decisions, newest first',
        columns,
        (cursor) => client.eventsPage({ ...filter, ...(cursor && { cursor }) }),
        empty('No decisions yet', 'A decision is made whenever somebody asks for a tip.'),
      ),
    (content) => content,
  )
  return {
    title: 'Decisions',
    content: [
      h(
        'form',
        { class: 'filters', onsubmit: open },
        h(
          'label',
          {},
          'Id of a tip',
          h('input', { name: 'tip', class: 'id', required: true, autocomplete: 'off' }),
        ),
        h('button', {}, 'Show its receipt'),
      ),
      userId &&
        h(
          'p',
          {},
          'Of user ',
          link(`/admin/users/${userId}`, shortId(userId)),
          ' · ',
          link('/admin/decisions', 'Of everyone'),
        ),
      list.element,
    ],
  }
}

/** @param {SubmitEvent} event */
function open(event) {
  event.preventDefault()
  const { tip = '' } = fieldsOf(/** @type {HTMLFormElement} */ (event.target))
  navigate(`/admin/decisions/${encodeURIComponent(tip)}`)
}

/** @param {Event} event */
const served = ({ payload }) =>
  /** @type {{ tipId: string, source: string, policy: string, latencyMs: number }} */ (payload)

/** @type {import('../lib/table.js').Column<Event>[]} */
const columns = [
  ['Tip', (event) => link(`/admin/decisions/${served(event).tipId}`, shortId(served(event).tipId))],
  ['When', ({ occurredAt }) => time(occurredAt)],
  ['User', ({ userId }) => (userId ? link(`/admin/users/${userId}`, shortId(userId)) : 'deleted')],
  ['Source', (event) => pill(served(event).source)],
  ['Policy', (event) => served(event).policy],
  ['Latency', (event) => milliseconds(served(event).latencyMs), 'number'],
]

/** One decision, with all that went into it. @type {import('../lib/router.js').Page} */
export function decision({ id = '' }) {
  return {
    title: 'Decision',
    parent: ['decisions', 'Decisions'],
    content: part(() => client.decision(id), receipt).element,
  }
}
