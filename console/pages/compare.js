import { client } from '../lib/api.js'
import { chart } from '../lib/chart.js'
import { h, link } from '../lib/dom.js'
import { count, decimal, NONE } from '../lib/format.js'
import { noCurves, readLine } from '../lib/run-lines.js'
import { part } from '../lib/states.js'
import { table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['SimulationRun']} Run */
/** @typedef {{ run: Run, name: string, curves: import('../lib/run-lines.js').Curves }} Told */

/** As many as there are colours. */
export const MOST_COMPARED = 6

/** Runs beside each other. @param {string[]} ids @param {AbortSignal} left */
export const comparison = (ids, left) => part(() => readAll(ids, left), show).element

/** @param {string[]} ids @param {AbortSignal} left @returns {Promise<Told[]>} */
async function readAll(ids, left) {
  const compared = ids.slice(0, MOST_COMPARED)
  const runs = await Promise.all(compared.map((id) => client.simulation(id)))
  const nameOf = namesFor(runs)
  return Promise.all(
    runs.map(async (run) => ({ run, name: nameOf(run), curves: await curvesOf(run, left) })),
  )
}

/** @param {Run} run @param {AbortSignal} signal */
async function curvesOf({ id }, signal) {
  const curves = noCurves()
  for await (const line of client.followSimulation(id, { signal })) readLine(line, curves)
  return curves
}

/** In what they differ; the policy is always told. @param {Run[]} runs */
function namesFor(runs) {
  const differ = (/** @type {(run: Run) => unknown} */ of) => new Set(runs.map(of)).size > 1
  const size = (/** @type {Run} */ { params }) => `${count(params.users)} × ${count(params.steps)}`
  const [judges, sizes, seeds] = [
    differ(({ params }) => params.judge),
    differ(size),
    differ(({ params }) => params.seed),
  ]
  return (/** @type {Run} */ run) =>
    [
      run.params.policy,
      judges && run.params.judge,
      sizes && size(run),
      seeds && `seed ${run.params.seed}`,
    ]
      .filter(Boolean)
      .join(' · ')
}

/** @param {Told[]} told */
function show(told) {
  const steps = [...new Set(told.flatMap(({ curves }) => curves.step))].sort((a, b) => a - b)
  /** @param {'reward' | 'regret'} of */
  const lines = (of) =>
    told.map(({ name, curves }) => {
      const at = new Map(curves.step.map((step, index) => [step, curves[of][index] ?? null]))
      return { label: name, values: steps.map((step) => at.get(step) ?? null) }
    })
  /** @param {string} title @param {'reward' | 'regret'} of */
  const plot = (title, of) =>
    chart({
      ...{ title, x: steps, xLabel: 'Tips', lines: lines(of) },
      format: (value) => decimal(value, 0),
    })
  return [
    h('h2', {}, 'Compared'),
    h(
      'div',
      { class: 'charts' },
      plot('Cumulative reward', 'reward'),
      plot('Cumulative regret', 'regret'),
    ),
    table(
      'Compared runs',
      [
        ['Run', ({ run, name }) => link(`/admin/simulations/${run.id}`, name)],
        ['Mean reward', ({ run }) => decimal(run.summary?.meanReward, 3), 'number'],
        [
          '95 % interval',
          ({ run }) => run.summary?.ci95.map((bound) => decimal(bound, 3)).join(' to ') ?? NONE,
          'number',
        ],
        ['Reward', ({ run }) => decimal(run.summary?.cumulativeReward, 1), 'number'],
        ['Regret', ({ run }) => decimal(run.summary?.cumulativeRegret, 1), 'number'],
      ],
      told,
    ),
  ]
}
