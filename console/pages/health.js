import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { h } from '../lib/dom.js'
import { clock, milliseconds } from '../lib/format.js'
import { part } from '../lib/states.js'

/** @typedef {Awaited<ReturnType<typeof client.health>>} Health */

const LOOK_EVERY_MS = 10_000
/** @type {Record<keyof Health['checks'], string>} */
const NAMES = {
  api: 'oo-api',
  mlServing: 'ml/serving',
  db: 'Database',
  bus: 'Event bus',
  mlflow: 'MLflow',
}

/** Is everything well? @type {import('../lib/router.js').Page} */
export function health({ left }) {
  const checks = part(() => client.health(), show)
  const timer = setInterval(() => {
    if (!document.hidden) checks.reload()
  }, LOOK_EVERY_MS)
  left.addEventListener('abort', () => clearInterval(timer))
  return { title: 'Health', content: checks.element }
}

/** @param {Health} health */
const show = ({ status, checks }) => [
  h(
    'p',
    { class: 'big' },
    status === 'ok' ? 'Everything is well ' : 'Something is not well ',
    pill(status),
  ),
  h(
    'div',
    { class: 'tiles' },
    ...Object.entries(checks).map(([name, check]) =>
      h(
        'section',
        { class: 'tile card' },
        h('h2', {}, NAMES[/** @type {keyof Health['checks']} */ (name)]),
        h(
          'p',
          {},
          pill(check.status),
          check.status !== 'disabled' && ` ${milliseconds(check.latencyMs)}`,
        ),
        h('p', { class: 'quiet' }, check.detail),
      ),
    ),
  ),
  h(
    'p',
    { class: 'quiet' },
    'Looked at ',
    clock(new Date().toISOString()),
    `; again every ${LOOK_EVERY_MS / 1_000} seconds.`,
  ),
]
