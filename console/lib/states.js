import { ProblemError, wordsOf } from './api.js'
import { fill, h } from './dom.js'

/** @typedef {import('./dom.js').Child} Child */

/** @param {string} [what] */
export const loading = (what = 'Loading …') =>
  h(
    'p',
    { class: 'state', role: 'status' },
    h('span', { class: 'spinner', 'aria-hidden': 'true' }),
    what,
  )

/** @param {string} title @param {...Child} hint */
export const empty = (title, ...hint) =>
  h('div', { class: 'state' }, h('strong', {}, title), h('p', {}, ...hint))

/** @param {unknown} error @param {() => void} [retry] */
export const failed = (error, retry) =>
  h(
    'div',
    { class: 'state failed', role: 'alert' },
    h('strong', {}, 'That did not work'),
    h('p', {}, wordsOf(error)),
    error instanceof ProblemError &&
      h('p', { class: 'quiet' }, 'Trace ', h('code', {}, error.traceId)),
    retry && h('button', { type: 'button', onclick: retry }, 'Try again'),
  )

/**
 * A part of a page that has to be fetched: it says that it loads, then shows what came, or what went wrong.
 *
 * @template T
 * @param {() => Promise<T>} fetch
 * @param {(value: T) => Child} show
 */
export function part(fetch, show) {
  const element = h('div', { class: 'part' })
  /** Fetches anew; what is shown stays until the answer is there. */
  async function reload() {
    element.setAttribute('aria-busy', 'true')
    try {
      fill(element, show(await fetch()))
    } catch (error) {
      fill(element, failed(error, reload))
    }
    element.removeAttribute('aria-busy')
  }
  fill(element, loading())
  reload()
  return { element, reload }
}
