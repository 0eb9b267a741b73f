import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { perform } from '../lib/dialogs.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { decimal, shortId, time } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { pagedTable } from '../lib/table.js'
import { comparison } from './compare.js'

/** @typedef {import('../lib/api.js').Schemas['SimulationRun']} Run */

const POLICIES = ['linucb', 'thompson', 'epsilon-greedy', 'rules', 'random']
const JUDGES = ['persona', 'ml']

/** What was tried, and a form to try something. @type {import('../lib/router.js').Page} */
export function simulations({ query, left }) {
  /** Ids of the runs to compare. */
  const chosen = new Set((query.get('compare') ?? '').split(',').filter(Boolean))
  const list = part(
    () =>
      pagedTable(
        'Simulations, newest first',
        columnsFor(chosen),
        (cursor) => client.simulationsPage({ limit: 20, ...(cursor && { cursor }) }),
        empty('No simulations yet', 'Start one above: it takes seconds.'),
      ),
    (content) => content,
  )
  const compare = () => navigate(`/admin/simulations?compare=${[...chosen].join(',')}`)
  return {
    title: 'Simulations',
    content: [
      form(),
      chosen.size > 0 && comparison([...chosen], left),
      h('h2', {}, 'Runs'),
      list.element,
      h('p', {}, h('button', { type: 'button', onclick: compare }, 'Compare the ticked ones')),
    ],
  }
}

const form = () =>
  h(
    'form',
    { class: 'filters card', onsubmit: start },
    choice('policy', 'Policy', POLICIES),
    choice('judge', 'Judge', JUDGES),
    amount('users', 'Users', 100, 10_000),
    amount('steps', 'Tips per user', 50, 1_000),
    amount('seed', 'Seed', 1, Number.MAX_SAFE_INTEGER),
    h('button', { class: 'primary' }, 'Start'),
  )

/** @param {string} name @param {string} label @param {string[]} options */
const choice = (name, label, options) =>
  h('label', {}, label, h('select', { name }, ...options.map((option) => h('option', {}, option))))

/** @param {string} name @param {string} label @param {number} value @param {number} max */
const amount = (name, label, value, max) =>
  h(
    'label',
    {},
    label,
    h('input', { name, type: 'number', min: name === 'seed' ? 0 : 1, max, value, required: true }),
  )

/** @param {SubmitEvent} event */
async function start(event) {
  event.preventDefault()
  const {
    policy = '',
    judge = '',
    ...numbers
  } = fieldsOf(/** @type {HTMLFormElement} */ (event.target))
  const [users, steps, seed] = [numbers.users, numbers.steps, numbers.seed].map(Number)
  const params = /** @type {Parameters<typeof client.simulate>[0]} */ ({
    policy,
    judge,
    users,
    steps,
    seed,
  })
  const run = await perform(
    () => client.simulate(params),
    () => 'The simulation is queued.',
  )
  if (run) navigate(`/admin/simulations/${run.id}`)
}

/** @param {Set<string>} chosen @returns {import('../lib/table.js').Column<Run>[]} */
const columnsFor = (chosen) => [
  [
    'Compare',
    ({ id }) =>
      h('input', {
        type: 'checkbox',
        'aria-label': `compare ${id.slice(-8)}`,
        checked: chosen.has(id),
        onchange: (/** @type {Event} */ { target }) => {
          if (/** @type {HTMLInputElement} */ (target).checked) chosen.add(id)
          else chosen.delete(id)
        },
      }),
  ],
  ['Run', ({ id }) => link(`/admin/simulations/${id}`, shortId(id))],
  ['Policy', ({ params }) => params.policy],
  ['Judge', ({ params }) => params.judge],
  ['Users × tips', ({ params }) => `${params.users} × ${params.steps}`],
  ['Seed', ({ params }) => params.seed, 'number'],
  ['Status', ({ status }) => pill(status)],
  ['Mean reward', ({ summary }) => decimal(summary?.meanReward, 3), 'number'],
  ['Started', ({ createdAt }) => time(createdAt)],
]
