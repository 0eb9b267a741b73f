import { h } from './dom.js'

/** A bar for a share of the whole; what it means stands beside it as text. @param {number} share 0 to 1 @param {string} label */
export function bar(share, label) {
  const percent = Math.round(Math.max(0, Math.min(1, share)) * 1_000) / 10
  const filled = h('div')
  filled.style.width = `${percent}%`
  return h(
    'div',
    {
      class: 'bar',
      role: 'meter',
      'aria-label': label,
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': percent,
    },
    filled,
  )
}

/** @type {Record<string, string[]>} */
const KINDS = {
  good: ['ok', 'fresh', 'succeeded', 'connected', 'model', 'enabled', 'agreed', 'live'],
  fair: ['degraded', 'stale', 'failing', 'rules', 'cold_start', 'running', 'queued', 'cancelled'],
  bad: ['down', 'failed', 'reauthorize', 'refused', 'missing', 'error'],
}

/** @param {string} status */
const kindOf = (status) => Object.keys(KINDS).find((kind) => KINDS[kind]?.includes(status)) ?? ''

/** A status as a word in a pill. @param {string} status */
export const pill = (status) =>
  h('span', { class: `pill ${kindOf(status)}` }, status.replaceAll('_', ' '))
