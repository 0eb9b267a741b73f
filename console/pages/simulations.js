import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { perform } from '../lib/dialogs.js'
import { fieldsOf, h, link } from '../lib/dom.js'
import { count, decimal, shortId, time } from '../lib/format.js'
import { navigate } from '../lib/router.js'
import { empty, part } from '../lib/states.js'
import { pagedTable } from '../lib/table.js'
import { comparison, MOST_COMPARED } from './compare.js'

/** @typedef {import('../lib/api.js').Schemas['SimulationRun']} Run */

const POLICIES = ['linucb', 'thompson', 'epsilon-greedy', 'rules', 'random']
const JUDGES = ['persona', 'ml']
const UNFINISHED = ['queued', 'running']

/** What was tried, and a form to try something. @type {import('../lib/router.js').Page} */
export function simulations({ query, left }) {
  /** Ids of the runs to compare. */
  const chosen = new Set((query.get('compare') ?? '').split(',').filter(Boolean))
  const compared = chosen.size > 0 && comparison([...chosen], left)
  const compare = () => navigate(`/admin/simulations?compare=${[...chosen].join(',')}`)
  const button = h('button', { type: 'button', onclick: compare })
  function ticked() {
    button.disabled = chosen.size < 2 || chosen.size > MOST_COMPARED
    button.textContent =
      chosen.size < 2
        ? 'Tick runs to compare'
        : chosen.size > MOST_COMPARED
          ? `At most ${MOST_COMPARED} compare`
          : `Compare ${chosen.size} runs`
  }
  ticked()
  const list = part(
    () =>
      pagedTable(
        'Simulations, newest first',
        columnsFor(chosen, ticked),
        (cursor) => client.simulationsPage({ limit: 20, ...(cursor && { cursor }) }),
        empty('No simulations yet', 'Start one above: it takes seconds.'),
      ),
    (content) => content,
  )
  return {
    title: 'Simulations',
    content: [
      form(),
      compared,
      h('div', { class: 'top' }, h('h2', {}, 'Runs'), button),
      list.element,
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

/** @param {Set<string>} chosen @param {() => void} ticked @returns {import('../lib/table.js').Column<Run>[]} */
const columnsFor = (chosen, ticked) => [
  ['Run', ({ id }) => link(`/admin/simulations/${id}`, shortId(id))],
  [
    'Compare',
    ({ id, status }) =>
      h('input', {
        type: 'checkbox',
        'aria-label': `compare ${id.slice(-8)}`,
        checked: chosen.has(id),
        // Its curves are not whole yet.
        disabled: UNFINISHED.includes(status),
        onchange: (/** @type {Event} */ { target }) => {
          if (/** @type {HTMLInputElement} */ (target).checked) chosen.add(id)
          else chosen.delete(id)
          ticked()
        },
      }),
  ],
  ['Policy', ({ params }) => params.policy],
  ['Judge', ({ params }) => params.judge],
  ['Users × tips', ({ params }) => `${count(params.users)} × ${count(params.steps)}`],
  ['Seed', ({ params }) => params.seed, 'number'],
  ['Status', ({ status }) => pill(status)],
  ['Mean reward', ({ summary }) => decimal(summary?.meanReward, 3), 'number'],
  ['Started', ({ createdAt }) => time(createdAt)],
]
