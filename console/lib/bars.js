import { h } from './dom.js'

/** A bar for a share of the whole; what it means stands beside it as text. @param {number} share 0 to 1 @param {string} label */
export const bar = (share, label) =>
  h('meter', {
    class: 'bar',
    min: '0',
    max: '1',
    value: Math.max(0, Math.min(1, share)),
    'aria-label': label,
  })

/** @param {string} status */
const kindOf = (status) => {
  if (['ok', 'fresh', 'succeeded', 'connected', 'model', 'enabled'].includes(status)) return 'good'
  if (['down', 'failed', 'reauthorize', 'refused', 'missing'].includes(status)) return 'bad'
  if (['degraded', 'stale', 'failing', 'rules', 'cold_start', 'running', 'queued'].includes(status))
    return 'fair'
  return ''
}

/** A status as a word in a pill. @param {string} status */
export const pill = (status) =>
  h('span', { class: `pill ${kindOf(status)}` }, status.replaceAll('_', ' '))
