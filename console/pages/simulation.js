import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { liveChart } from '../lib/chart.js'
import { confirm, perform } from '../lib/dialogs.js'
import { fill, h } from '../lib/dom.js'
import { fact } from '../lib/facts.js'
import { count, decimal, NONE, percent, time } from '../lib/format.js'
import { noCurves, readLine } from '../lib/run-lines.js'
import { failed, part } from '../lib/states.js'

/** @typedef {import('../lib/api.js').Schemas['SimulationRun']} Run */

const DRAW_EVERY_MS = 250
const KEPT_LINES = 200
const UNFINISHED = ['queued', 'running']

/** One simulation as it runs, and what came of it. @type {import('../lib/router.js').Page} */
export function simulation({ id = '', left, entitle }) {
  const run = part(
    () => client.simulation(id),
    (run) => {
      entitle(`${run.params.policy}, judged by ${run.params.judge}`)
      progress.element.hidden = !UNFINISHED.includes(run.status)
      return summary(run, cancel)
    },
  )
  const progress = progressLine()
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
      danger: true,
    })
    if (!yes) return
    await perform(
      () => client.cancelSimulation(id),
      () => 'The simulation is being ended.',
    )
    run.reload()
  }

  follow(id, left, { started: run.reload, progress, plots, output })
    .catch((error) => fill(plots, failed(error)))
    .finally(() => left.aborted || run.reload())

  return {
    title: 'Simulation',
    parent: ['simulations', 'Simulations'],
    content: [run.element, progress.element, plots, h('h2', {}, 'Output'), output],
  }
}

function progressLine() {
  const bar = h('progress', { 'aria-label': 'Progress' })
  const said = h('span')
  return {
    element: h('div', { hidden: true }, said, bar),
    /** @param {{ done: number, total: number }} now */
    show({ done, total }) {
      bar.max = total
      bar.value = done
      said.textContent = `${count(done)} of ${count(total)} tips, ${percent(done / total, 0)}`
    },
  }
}

/**
 * @param {string} id
 * @param {AbortSignal} left
 * @param {object} places
 * @param {() => void} places.started is called once when it begins to write
 * @param {ReturnType<typeof progressLine>} places.progress
 * @param {HTMLElement} places.plots
 * @param {HTMLElement} places.output
 */
async function follow(id, left, { started, progress, plots, output }) {
  const curves = noCurves()
  const charts = curveCharts()
  /** @type {string[]} */
  const lines = []
  let drawnAt = 0
  function draw() {
    drawnAt = performance.now()
    const atEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40
    output.textContent = lines.slice(-KEPT_LINES).join('\n') || 'Nothing yet.'
    if (atEnd) output.scrollTop = output.scrollHeight
    if (curves.step.length === 0) return
    charts.update(curves)
    if (!plots.hasChildNodes()) fill(plots, ...charts.elements)
  }
  draw()
  for await (const line of client.followSimulation(id, { signal: left })) {
    if (lines.length === 0) started()
    lines.push(line)
    const told = readLine(line, curves)
    if (told) progress.show(told)
    if (performance.now() - drawnAt >= DRAW_EVERY_MS) draw()
  }
  draw()
}

function curveCharts() {
  const common = {
    x: [],
    xLabel: 'Tips',
    format: (/** @type {number | null} */ value) => decimal(value, 0),
  }
  const reward = liveChart({
    ...{ ...common, title: 'Cumulative reward' },
    lines: [{ label: 'Reward', values: [] }],
  })
  const regret = liveChart({
    ...{ ...common, title: 'Cumulative regret' },
    lines: [{ label: 'Regret', values: [], color: '--c4' }],
  })
  return {
    elements: [reward.element, regret.element],
    /** @param {import('../lib/run-lines.js').Curves} curves */
    update(curves) {
      // Copies: what is drawn must not change under the plot.
      const x = [...curves.step]
      reward.update({ x, lines: [{ label: 'Reward', values: [...curves.reward] }] })
      regret.update({
        x,
        lines: [{ label: 'Regret', values: [...curves.regret], color: '--c4' }],
      })
    },
  }
}

/** @param {Run} run @param {() => void} cancel */
const summary = ({ params, status, summary, reason, createdAt, finishedAt }, cancel) =>
  h(
    'section',
    { class: 'card' },
    h(
      'dl',
      { class: 'facts' },
      fact('Status', pill(status), reason && reason !== status && ` ${reason}`),
      fact('Users × tips', `${count(params.users)} × ${count(params.steps)}`),
      fact('Seed', params.seed),
      fact('Started', time(createdAt)),
      fact('Ended', time(finishedAt)),
      fact('Mean reward', h('strong', {}, decimal(summary?.meanReward, 3))),
      fact(
        '95 % interval',
        summary ? summary.ci95.map((bound) => decimal(bound, 3)).join(' to ') : NONE,
      ),
      fact('Regret', decimal(summary?.cumulativeRegret, 1)),
    ),
    UNFINISHED.includes(status) &&
      h('button', { type: 'button', class: 'danger', onclick: cancel }, 'Cancel'),
  )
