import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { chart } from '../lib/chart.js'
import { confirm, perform } from '../lib/dialogs.js'
import { fill, h, link } from '../lib/dom.js'
import { count, decimal, time } from '../lib/format.js'
import { noCurves, readLine } from '../lib/run-lines.js'
import { failed, part } from '../lib/states.js'
import { fact } from './receipt.js'

/** @typedef {import('../lib/api.js').Schemas['SimulationRun']} Run */

const DRAW_EVERY_MS = 300
const KEPT_LINES = 200

/** One simulation as it runs, and what came of it. @type {import('../lib/router.js').Page} */
export function simulation({ id = '', left }) {
  const run = part(
    () => client.simulation(id),
    (run) => summary(run, cancel),
  )
  const progress = h('progress', { 'aria-label': 'Progress' })
  const plots = h('div', { class: 'charts' })
  const output = h('pre', { class: 'output', tabindex: '0', 'aria-label': 'Output' })

  async function cancel() {
    const yes = await confirm({
      title: 'Cancel this simulation?',
      consequence: h(
        'p',
        {},
        'Its processes end at once. What it wrote so far stays; there will be no result.',
      ),
      yes: 'End it',
    })
    if (yes)
      await perform(
        () => client.cancelSimulation(id),
        () => 'The simulation is being ended.',
      )
    run.reload()
  }

  follow(id, left, progress, plots, output)
    .catch((error) => fill(plots, failed(error)))
    .finally(() => run.reload())

  return {
    title: 'Simulation',
    content: [
      run.element,
      progress,
      plots,
      h('h2', {}, 'Output'),
      output,
      h('p', {}, link('/admin/simulations', 'All simulations')),
    ],
  }
}

/**
 * @param {string} id
 * @param {AbortSignal} left
 * @param {HTMLProgressElement} progress
 * @param {HTMLElement} plots
 * @param {HTMLElement} output
 */
async function follow(id, left, progress, plots, output) {
  const curves = noCurves()
  /** @type {string[]} */
  const lines = []
  const draw = () => {
    output.textContent = lines.slice(-KEPT_LINES).join('\n') || 'Nothing yet.'
    if (curves.step.length > 0) fill(plots, ...curvesOf(curves))
  }
  draw()
  let drawnAt = 0
  for await (const line of client.followSimulation(id, { signal: left })) {
    lines.push(line)
    const told = readLine(line, curves)
    if (told) {
      progress.max = told.total
      progress.value = told.done
    }
    if (performance.now() - drawnAt < DRAW_EVERY_MS) continue
    drawnAt = performance.now()
    draw()
  }
  draw()
}

/** @param {import('../lib/run-lines.js').Curves} curves */
const curvesOf = ({ step, reward, regret }) => [
  chart({
    title: 'Cumulative reward',
    x: step,
    xLabel: 'tips',
    format: (value) => decimal(value, 0),
    lines: [{ label: 'Reward', values: reward }],
  }),
  chart({
    title: 'Cumulative regret',
    x: step,
    xLabel: 'tips',
    format: (value) => decimal(value, 0),
    lines: [{ label: 'Regret', values: regret, color: '--c4' }],
  }),
]

/** @param {Run} run @param {() => void} cancel */
const summary = ({ params, status, progress, summary, reason, createdAt, finishedAt }, cancel) =>
  h(
    'section',
    { class: 'card' },
    h('p', { class: 'big' }, `${params.policy} judged by ${params.judge} `, pill(status)),
    reason && h('p', {}, reason),
    h(
      'dl',
      { class: 'facts' },
      fact('Users × tips', `${params.users} × ${params.steps}`),
      fact('Seed', params.seed),
      fact('Progress', `${count(progress.done)} of ${count(progress.total)}`),
      fact('Started', time(createdAt)),
      fact('Ended', time(finishedAt)),
      fact('Mean reward', decimal(summary?.meanReward, 3)),
      fact(
        '95 % interval',
        summary ? summary.ci95.map((bound) => decimal(bound, 3)).join(' to ') : '–',
      ),
      fact('Regret', decimal(summary?.cumulativeRegret, 1)),
    ),
    (status === 'running' || status === 'queued') &&
      h('button', { type: 'button', onclick: cancel }, 'Cancel'),
  )
