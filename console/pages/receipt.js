import { bar, pill } from '../lib/bars.js'
import { h, link } from '../lib/dom.js'
import { fact, pairs } from '../lib/facts.js'
import { decimal, milliseconds, NONE, percent, shortId, time } from '../lib/format.js'
import { sentFeatures } from '../lib/sent.js'
import { empty } from '../lib/states.js'
import { rowOf, table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Decision']} Decision */
/** @typedef {Decision['candidates'][number]} Candidate */

/** Candidates at first; most have a probability near 0. */
const SHOWN = 12

/** A decision's receipt. @param {Decision} decision */
export const receipt = (decision) => [
  h(
    'section',
    { class: 'card' },
    h('p', { class: 'big' }, decision.text),
    h('p', { class: 'quiet' }, decision.task ? `About: ${decision.task.content}` : 'About no task'),
    facts(decision),
  ),
  h('h2', {}, `Candidates (${decision.candidates.length})`),
  candidates(decision),
  h('h2', {}, 'What was known of the user'),
  sentFeatures(decision),
  h('h2', {}, 'What the shadows would have chosen'),
  shadows(decision),
  h('h2', {}, 'Answers and rewards'),
  answers(decision),
]

/** @param {Decision} decision */
const facts = (decision) =>
  h(
    'dl',
    { class: 'facts' },
    fact('Made', time(decision.createdAt), ` in ${milliseconds(decision.latencyMs)}`),
    fact('For', link(`/admin/users/${decision.userId}`, shortId(decision.userId))),
    fact('Source', pill(decision.source), decision.fallbackReason && ` ${decision.fallbackReason}`),
    fact('Policy', decision.policy, decision.policyVersion && ` version ${decision.policyVersion}`),
    fact(
      'Worded by',
      decision.textModel ?? 'a template',
      decision.promptVersion && `, prompt ${decision.promptVersion}`,
    ),
    fact('Propensity', percent(decision.propensity)),
    fact('Seed', shortId(decision.seed)),
    fact('Trace', shortId(decision.traceId)),
  )

/** @param {Decision} decision */
function candidates({ candidates, chosenId, task }) {
  if (candidates.length === 0)
    return empty('No candidates', 'There was no open task to choose from.')
  const ranked = candidates.toSorted((a, b) => b.p - a.p || b.score - a.score)
  const columns = candidateColumns(chosenId, task?.content)
  // What was chosen is often one of the likeliest, but need not be.
  const isShown = (/** @type {Candidate} */ { id }, /** @type {number} */ place) =>
    place < SHOWN || id === chosenId
  const first = table('Candidates', columns, ranked.filter(isShown))
  const rest = ranked.filter((candidate, place) => !isShown(candidate, place))
  if (rest.length === 0) return first
  const more = h('button', { type: 'button', onclick: showRest }, `Show all ${ranked.length}`)
  function showRest() {
    first.querySelector('tbody')?.append(...rest.map((row) => rowOf(columns, row)))
    more.remove()
  }
  return [first, h('div', { class: 'more' }, more)]
}

/**
 * @param {string | null} chosenId
 * @param {string | undefined} content the receipt holds the words of the chosen task alone
 * @returns {import('../lib/table.js').Column<Candidate>[]}
 */
const candidateColumns = (chosenId, content) => [
  [
    'Task',
    ({ id }) =>
      id === chosenId
        ? [h('strong', {}, content), ' ', h('span', { class: 'pill good' }, 'chosen')]
        : shortId(id),
    'wide',
  ],
  [
    'Probability',
    ({ id, p }) =>
      h('span', { class: 'share' }, bar(p, `probability of ${id.slice(-8)}`), percent(p)),
  ],
  ['Score', ({ score }) => decimal(score, 3), 'number'],
  ['Expected reward', ({ qHat }) => decimal(qHat, 3), 'number'],
  [
    'Features that are not 0',
    ({ features }) =>
      pairs(Object.fromEntries(Object.entries(features).filter(([, value]) => value !== 0))),
    'wide',
  ],
]

/** @param {Decision} decision */
function shadows({ shadows, chosenId }) {
  if (shadows.length === 0)
    return empty('No shadows', 'No shadow policy was on, or the rules had to decide.')
  return table(
    'Shadow choices',
    [
      ['Policy', ({ name, version }) => [h('strong', {}, name), version && ` version ${version}`]],
      [
        'Choice',
        ({ status, choiceId, agreed }) => {
          if (status !== 'ok') return pill(status)
          return agreed ? pill('agreed') : choiceId ? shortId(choiceId) : NONE
        },
      ],
      [
        'Its probability of what was chosen',
        ({ scores }) => percent(scores.find(({ id }) => id === chosenId)?.p),
        'number',
      ],
    ],
    shadows,
  )
}

/** @param {Decision} decision */
function answers({ feedback }) {
  if (feedback.length === 0) return empty('No answer yet', 'The reward follows the answer.')
  return table(
    'Answers',
    [
      ['Answer', ({ action }) => h('strong', {}, action.replace('_', ' '))],
      ['Reward', ({ reward }) => decimal(reward), 'number'],
      ['Reward table', ({ rewardVersion }) => rewardVersion],
      ['When', ({ createdAt }) => time(createdAt)],
      ['ml/serving knows', ({ delivered }) => (delivered ? 'yes' : 'not yet')],
    ],
    feedback,
  )
}
