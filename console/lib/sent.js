import { pill } from './bars.js'
import { h } from './dom.js'
import { duration, rounded } from './format.js'
import { empty } from './states.js'
import { table } from './table.js'

/** @typedef {{ name: string, value: number | null, age_s?: number, status: string }} SentFeature */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/**
 * What was known of a user, as it went to ml/serving in its words.
 *
 * @param {{ features: object, context: Record<string, unknown> }} sent
 */
export function sentFeatures({ features, context }) {
  const rows = Object.entries(features).map(
    ([name, sent]) => /** @type {SentFeature} */ ({ name, ...sent }),
  )
  if (rows.length === 0) return empty('No features', 'None were sent with the score call.')
  return [
    h('p', { class: 'quiet' }, `Where the user was in the week: ${momentOf(context)}.`),
    table(
      'Features as sent',
      [
        ['Feature', ({ name }) => h('code', {}, name)],
        ['Value', ({ value }) => rounded(value), 'number'],
        ['Freshness', ({ status }) => pill(status)],
        ['Age', ({ age_s }) => duration(age_s ?? null)],
      ],
      rows,
    ),
  ]
}

/** @param {Record<string, unknown>} context */
function momentOf({ hour, dow, ...more }) {
  const rest = Object.entries(more).map(([name, value]) => `${name} ${value}`)
  return [`${DAYS[Number(dow)] ?? 'some day'}, ${hour} o’clock`, ...rest].join(', ')
}
