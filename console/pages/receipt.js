import { bar, pill } from '../lib/bars.js'
import { h, link } from '../lib/dom.js'
import { decimal, duration, milliseconds, NONE, percent, shortId, time } from '../lib/format.js'
import { empty } from '../lib/states.js'
import { table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Decision']} Decision */
/** @typedef {Decision['candidates'][number]} Candidate */
/** @typedef {{ name: string, value: number | null, age_s?: number, status: string }} SentFeature */

/** A decision's receipt. @param {Decision} decision */
export function receipt(decision) {
  return [
    h(
      'section',
      { class: 'card' },
      h('p', { class: 'big' }, `“${decision.text}”`),
      h(
        'p',
        { class: 'quiet' },
        decision.task ? `about: ${decision.task.content}` : 'about no task',
      ),
      facts(decision),
    ),
    h('h2', {}, `Candidates (${decision.candidates.length})`),
    candidates(decision),
    h('h2', {}, 'What was known of the user'),
    features(decision),
    h('h2', {}, 'What the shadows would have chosen'),
    shadows(decision),
    h('h2', {}, 'Answers and rewards'),
    answers(decision),
  ]
}

/** @param {Decision} decision */
const facts = (decision) =>
  h(
    'dl',
    { class: 'facts' },
    fact('Made', time(decision.createdAt), ` in ${milliseconds(decision.latencyMs)}`),
    fact('For', link(`/admin/users/${decision.userId}`, shortId(decision.userId))),
    fact('Source', pill(decision.source), decision.fallbackReason && ` ${decision.fallbackReason}`),
    fact('Policy', `${decision.policy} ${decision.policyVersion ?? ''}`),
    fact(
      'Worded by',
      decision.textModel ?? 'a template',
      decision.promptVersion && `, prompt ${decision.promptVersion}`,
    ),
    fact('Propensity', percent(decision.propensity)),
    fact('Seed', shortId(decision.seed)),
    fact('Trace', shortId(decision.traceId)),
  )

/** @param {string} name @param {...import('../lib/dom.js').Child} value */
export const fact = (name, ...value) => h('div', {}, h('dt', {}, name), h('dd', {}, ...value))

/** @param {Decision} decision */
function candidates({ candidates, chosenId, task }) {
  if (candidates.length === 0)
    return empty('No candidates', 'There was no open task to choose from.')
  const ranked = candidates.toSorted((a, b) => b.p - a.p)
  /** @param {Candidate} candidate */
  const nameOf = ({ id }) => (id === chosenId && task ? task.content : id)
  return table(
    'Candidates',
    [
      [
        'Task',
        (row) => [
          h(row.id === chosenId ? 'strong' : 'span', {}, nameOf(row)),
          row.id === chosenId && [' ', h('span', { class: 'pill good' }, 'chosen')],
        ],
      ],
      [
        'Probability',
        (row) =>
          h(
            'span',
            { class: 'share' },
            bar(row.p, `probability of ${nameOf(row)}`),
            percent(row.p),
          ),
      ],
      ['Score', (row) => decimal(row.score, 3), 'number'],
      ['Expected reward', (row) => decimal(row.qHat, 3), 'number'],
      [
        'Features',
        (row) =>
          h(
            'span',
            { class: 'quiet' },
            Object.entries(row.features)
              .map(([name, value]) => `${name} ${Number(value.toFixed(2))}`)
              .join(' · '),
          ),
      ],
    ],
    ranked,
  )
}

/** @param {Decision} decision */
function features({ features, context }) {
  const rows = Object.entries(features).map(
    ([name, sent]) => /** @type {SentFeature} */ ({ name, .../** @type {object} */ (sent) }),
  )
  const when = Object.entries(context).map(([name, value]) => `${name} ${value}`)
  if (rows.length === 0) return empty('No features', 'None were sent with the score call.')
  return [
    when.length > 0 && h('p', { class: 'quiet' }, `Context: ${when.join(', ')}`),
    table(
      'Features as sent',
      [
        ['Feature', ({ name }) => h('code', {}, name)],
        [
          'Value',
          ({ value }) => (value === null ? NONE : String(Number(value.toFixed(3)))),
          'number',
        ],
        ['Freshness', ({ status }) => pill(status)],
        ['Age', ({ age_s }) => duration(age_s ?? null)],
      ],
      rows,
    ),
  ]
}

/** @param {Decision} decision */
function shadows({ shadows, chosenId }) {
  if (shadows.length === 0)
    return empty('No shadows', 'No shadow policy was on when this was decided.')
  return table(
    'Shadow choices',
    [
      ['Policy', ({ name, version }) => `${name} ${version ?? ''}`],
      ['Choice', ({ status, choiceId }) => (status === 'ok' ? (choiceId ?? NONE) : pill(status))],
      ['Agreed', ({ agreed }) => (agreed ? 'yes' : 'no')],
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
      ['Answer', ({ action }) => action.replace('_', ' ')],
      ['Reward', ({ reward }) => decimal(reward), 'number'],
      ['Table', ({ rewardVersion }) => rewardVersion],
      ['When', ({ createdAt }) => time(createdAt)],
      ['ml/serving knows', ({ delivered }) => (delivered ? 'yes' : 'not yet')],
    ],
    feedback,
  )
}
