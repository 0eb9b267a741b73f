import { client } from '../lib/api.js'
import { chart } from '../lib/chart.js'
import { h } from '../lib/dom.js'
import { decimal } from '../lib/format.js'
import { noCurves, readLine } from '../lib/run-lines.js'
import { part } from '../lib/states.js'
import { table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['SimulationRun']} Run */
/** @typedef {{ run: Run, curves: import('../lib/run-lines.js').Curves }} Told */

const MOST = 6

/** Runs beside each other. @param {string[]} ids @param {AbortSignal} left */
export const comparison = (ids, left) =>
  part(() => Promise.all(ids.slice(0, MOST).map((id) => tell(id, left))), show).element

/** @param {string} id @param {AbortSignal} left @returns {Promise<Told>} */
async function tell(id, left) {
  const run = await client.simulation(id)
  const curves = noCurves()
  for await (const line of client.followSimulation(id, { signal: left })) readLine(line, curves)
  return { run, curves }
}

/** @param {Told[]} told */
function show(told) {
  const steps = [...new Set(told.flatMap(({ curves }) => curves.step))].sort((a, b) => a - b)
  /** @param {'reward' | 'regret'} of */
  const lines = (of) =>
    told.map(({ run, curves }) => {
      const at = new Map(curves.step.map((step, index) => [step, curves[of][index] ?? null]))
      return {
        label: `${run.params.policy} · seed ${run.params.seed}`,
        values: steps.map((step) => at.get(step) ?? null),
      }
    })
  return [
    h('h2', {}, 'Compared'),
    h(
      'div',
      { class: 'charts' },
      chart({
        title: 'Cumulative reward',
        x: steps,
        xLabel: 'tips',
        format: (value) => decimal(value, 0),
        lines: lines('reward'),
      }),
      chart({
        title: 'Cumulative regret',
        x: steps,
        xLabel: 'tips',
        format: (value) => decimal(value, 0),
        lines: lines('regret'),
      }),
    ),
    table(
      'Compared runs',
      [
        ['Policy', ({ run }) => run.params.policy],
        ['Judge', ({ run }) => run.params.judge],
        ['Seed', ({ run }) => run.params.seed, 'number'],
        ['Mean reward', ({ run }) => decimal(run.summary?.meanReward, 3), 'number'],
        [
          '95 % interval',
          ({ run }) => run.summary?.ci95.map((bound) => decimal(bound, 3)).join(' to ') ?? '–',
        ],
        ['Regret', ({ run }) => decimal(run.summary?.cumulativeRegret, 1), 'number'],
      ],
      told,
    ),
  ]
}
