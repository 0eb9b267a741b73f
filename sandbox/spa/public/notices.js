// @ts-check
/** How the page speaks back: buttons that work once at a time, regions that load, problems and toasts. */
import { ApiError } from './api.js'
import { h } from './dom.js'

/** Milliseconds that a toast stays; pointing at it or focusing it keeps it. */
const TOAST_MS = 10_000

/**
 * A button whose work may fail. While it works it stays focusable but takes no second press; a failure is shown
 * right after the row that the button is in.
 *
 * @param {string} testid
 * @param {string} label
 * @param {() => unknown} work
 * @param {Record<string, unknown>} [props]
 */
export function button(testid, label, work, props = {}) {
  const element = h(
    'button',
    { type: 'button', 'data-testid': testid, ...props, click: press },
    label,
  )
  async function press() {
    if (element.getAttribute('aria-disabled') === 'true') return
    const row = element.closest('.row') ?? element
    if (row.nextElementSibling?.matches('.problem')) row.nextElementSibling.remove()
    element.setAttribute('aria-disabled', 'true')
    try {
      await work()
    } catch (error) {
      row.after(problem(error))
    } finally {
      element.removeAttribute('aria-disabled')
    }
  }
  return element
}

/**
 * Fills a region with what `fetch` brings; says so while it loads, and offers another try when it fails.
 *
 * @template T
 * @param {HTMLElement} region
 * @param {() => Promise<T>} fetch
 * @param {(value: T) => (Node | string)[]} render
 */
export async function load(region, fetch, render) {
  region.setAttribute('aria-busy', 'true')
  if (!region.hasChildNodes()) region.append(h('p', { class: 'quiet' }, 'Loading…'))
  try {
    region.replaceChildren(...render(await fetch()))
  } catch (error) {
    const retry = button('retry', 'Try again', () => load(region, fetch, render))
    region.replaceChildren(problem(error), h('p', { class: 'row' }, retry))
  } finally {
    region.removeAttribute('aria-busy')
  }
}

/**
 * A problem as a person can use it: what, why, and the id to quote. A lost session also sends the page back to its
 * start, by the event `session-lost`.
 *
 * @param {unknown} error
 */
export function problem(error) {
  if (!(error instanceof ApiError)) console.error(error)
  const { status, title, detail, errors, traceId } = problemFields(error)
  if (status === 401) document.dispatchEvent(new CustomEvent('session-lost'))
  return h(
    'div',
    { class: 'problem', role: 'alert', 'data-testid': 'problem' },
    h('strong', {}, title),
    detail && detail !== title && h('p', {}, detail),
    ...(errors ?? []).map(({ path, message }) => h('p', {}, `${path}: ${message}`)),
    traceId && h('small', {}, 'Trace ', h('code', {}, traceId)),
  )
}

/**
 * @param {unknown} error
 * @returns {import('./api.js').Problem}
 */
function problemFields(error) {
  if (error instanceof ApiError) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return { status: -1, title: 'Something went wrong on this page', detail }
}

/**
 * @param {string} title
 * @param {string} [body]
 */
export function toast(title, body = '') {
  const element = h(
    'div',
    { class: 'toast', 'data-testid': 'toast' },
    h('div', {}, h('strong', {}, title), body && h('p', {}, body)),
    h('button', { type: 'button', class: 'plain', 'aria-label': 'Close', click: close }, '×'),
  )
  function close() {
    element.remove()
  }
  function closeUnlessInUse() {
    if (element.matches(':hover, :focus-within')) setTimeout(closeUnlessInUse, 1000)
    else close()
  }
  document.getElementById('toasts')?.append(element)
  setTimeout(closeUnlessInUse, TOAST_MS)
}
