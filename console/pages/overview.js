import { client } from '../lib/api.js'
import { chart, secondsOf } from '../lib/chart.js'
import { h, link } from '../lib/dom.js'
import { count, milliseconds, percent, ZONE } from '../lib/format.js'
import { remember } from '../lib/router.js'
import { empty, part } from '../lib/states.js'

/** @typedef {import('../lib/api.js').Schemas['Stats']} Stats */
/** @typedef {import('../lib/api.js').Schemas['DayStats']} DayStats */

const SPANS = [7, 30, 90, 365]
/** From the best to the worst, each with its colour. */
const ACTIONS = /** @type {const} */ ({
  done: '--c1',
  helpful: '--c2',
  viewed: '--c6',
  snooze: '--c3',
  not_helpful: '--c5',
  dismiss: '--c4',
})

/** How oo is doing. @type {import('../lib/router.js').Page} */
export function overview({ query }) {
  const days = h(
    'select',
    { onchange: changed, 'aria-label': 'Days' },
    ...SPANS.map((span) => h('option', { value: span }, `Last ${span} days`)),
  )
  days.value = SPANS.includes(Number(query.get('days'))) ? String(query.get('days')) : '30'
  const figures = part(() => client.stats({ days: Number(days.value), tz: ZONE }), show)
  function changed() {
    remember({ days: days.value })
    figures.reload()
  }
  return {
    title: 'Overview',
    tools: days,
    content: figures.element,
  }
}

/** @param {Stats} stats */
function show(stats) {
  return [
    h(
      'dl',
      { class: 'tiles' },
      tile('Active today', count(stats.dau), 'DAU'),
      tile('Active in 7 days', count(stats.wau), 'WAU'),
      tile('Active in 30 days', count(stats.mau), `MAU · stickiness ${percent(stats.stickiness)}`),
      tile('New users', count(stats.newUsers), `in ${stats.days} days`),
      tile('Tips served', count(stats.tipsServed), `${count(stats.feedback.viewed)} were seen`),
      tile('Act rate', percent(stats.actRate), 'done or helpful'),
      tile('Fallback rate', percent(stats.fallbackRate), 'the rules decided'),
      tile(
        'Latency',
        milliseconds(stats.latencyP50),
        `median · p95 ${milliseconds(stats.latencyP95)}`,
      ),
    ),
    stats.tipsServed === 0
      ? empty(
          'No tips in these days',
          'As soon as somebody asks for a tip, this page fills. ',
          link('/admin/health', 'Is everything well?'),
        )
      : [
          charts(stats.series),
          h(
            'p',
            { class: 'quiet' },
            `Days as they are in ${stats.tz}; the last one is not over yet.`,
          ),
        ],
  ]
}

/** @param {string} name @param {string} value @param {string} note */
const tile = (name, value, note) =>
  h(
    'div',
    { class: 'tile card' },
    h('dt', {}, name),
    h('dd', {}, value),
    h('dd', { class: 'quiet' }, note),
  )

/** @template {string} K @template V @param {Record<K, V>} object */
const entriesOf = (object) => /** @type {[K, V][]} */ (Object.entries(object))

/** @param {DayStats[]} series */
function charts(series) {
  const x = series.map(({ date }) => secondsOf(date))
  /** @param {(day: DayStats) => number | null} pick */
  const values = (pick) => series.map(pick)
  return h(
    'div',
    { class: 'charts' },
    chart({
      title: 'Active users',
      x,
      days: true,
      format: count,
      lines: [
        { label: 'DAU', values: values(({ dau }) => dau) },
        { label: 'WAU', values: values(({ wau }) => wau) },
        { label: 'MAU', values: values(({ mau }) => mau) },
      ],
    }),
    chart({
      title: 'Feedback by action',
      x,
      days: true,
      stacked: true,
      format: count,
      lines: entriesOf(ACTIONS).map(([action, color]) => ({
        label: action.replace('_', ' '),
        color,
        values: values(({ feedback }) => feedback[action]),
      })),
    }),
    chart({
      title: 'Act rate and fallback rate',
      x,
      days: true,
      format: percent,
      tick: (share) => percent(share, 0),
      lines: [
        { label: 'Act rate', values: values(({ actRate }) => actRate) },
        {
          label: 'Fallback rate',
          values: values(({ fallbackRate }) => fallbackRate),
          color: '--c4',
        },
      ],
    }),
    chart({
      title: 'Latency of a tip',
      x,
      days: true,
      format: milliseconds,
      lines: [
        { label: 'p50', values: values(({ latencyP50 }) => latencyP50) },
        { label: 'p95', values: values(({ latencyP95 }) => latencyP95), color: '--c3' },
      ],
    }),
  )
}
