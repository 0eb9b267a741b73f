import { ProblemError, wordsOf } from './api.js'
import { fill, h } from './dom.js'

/** @typedef {import('./dom.js').Child} Child */

const LINES = 6

/** The outlines of what is to come, as high as most of it will be. */
export const loading = () =>
  h(
    'div',
    { class: 'card loading', role: 'status' },
    h('span', { class: 'hidden' }, 'Loading …'),
    ...Array.from({ length: LINES }, () => h('div')),
  )

/** @param {string} title @param {...Child} hint */
export const empty = (title, ...hint) =>
  h('div', { class: 'state' }, h('strong', {}, title), h('p', {}, ...hint))

/** @param {unknown} error @param {() => void} [retry] */
export function failed(error, retry) {
  const status = error instanceof ProblemError ? error.status : undefined
  if (status === 404) {
    return empty('Nothing is here', 'No such thing is known; it may have been deleted.')
  }
  if (status === 401) {
    return h(
      'div',
      { class: 'state', role: 'alert' },
      h('strong', {}, 'Your session has ended'),
      h(
        'p',
        {},
        h('button', { type: 'button', onclick: () => location.reload() }, 'Sign in again'),
      ),
    )
  }
  return h(
    'div',
    { class: 'state failed', role: 'alert' },
    h('strong', {}, 'That did not work'),
    h('p', {}, wordsOf(error)),
    error instanceof ProblemError &&
      h('p', { class: 'quiet' }, 'Trace ', h('code', {}, error.traceId)),
    retry && h('button', { type: 'button', onclick: retry }, 'Try again'),
  )
}

/**
 * A part of a page that has to be fetched: it says that it loads, then shows what came, or what went wrong.
 *
 * @template T
 * @param {() => Promise<T>} fetch
 * @param {(value: T) => Child} show
 */
export function part(fetch, show) {
  const element = h('div', { class: 'part' })
  let latest = 0
  /** Fetches anew; what is shown stays until the answer is there. Of several at once the last one counts. */
  async function reload() {
    const mine = ++latest
    element.setAttribute('aria-busy', 'true')
    const content = await fetch().then(show, (error) => failed(error, reload))
    if (mine !== latest) return
    fill(element, content)
    element.removeAttribute('aria-busy')
  }
  fill(element, loading())
  reload()
  return { element, reload }
}
