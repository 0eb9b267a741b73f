import { byId, fill, h } from './dom.js'

/**
 * What a page is given.
 * @typedef {object} Visit
 * @property {string} [id] the last part of the path
 * @property {URLSearchParams} query
 * @property {AbortSignal} left fires when the page is left
 */

/** @typedef {{ title: string, content: import('./dom.js').Child }} View */
/** @typedef {(visit: Visit) => View} Page */

const BASE = '/admin/'

/** @type {AbortController | undefined} */
let current

/** Shows the page that the address names, now and whenever it changes. @param {Record<string, Page>} pages `users` and `users/:id` */
export function startRouter(pages) {
  const show = () => showPage(pages)
  addEventListener('popstate', show)
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target.closest('a') : null
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey
    if (!target || !plain || target.origin !== location.origin || target.target) return
    if (!target.pathname.startsWith(BASE) || target.hash) return
    event.preventDefault()
    navigate(target.pathname + target.search)
  })
  addEventListener('oo:navigate', show)
  show()
}

/** @param {string} address such as `/admin/users?q=ada` */
export function navigate(address) {
  history.pushState(null, '', address)
  dispatchEvent(new Event('oo:navigate'))
}

/** Keeps in the address what the page shows, without a new entry in the history. @param {Record<string, string>} query */
export function remember(query) {
  const text = new URLSearchParams(query).toString()
  history.replaceState(null, '', location.pathname + (text && `?${text}`))
}

/** @param {Record<string, Page>} pages */
function showPage(pages) {
  current?.abort()
  current = new AbortController()
  const [name = '', id] = location.pathname.slice(BASE.length).split('/').filter(Boolean)
  const page = pages[id === undefined ? name : `${name}/:id`] ?? notFound
  const { title, content } = page({
    ...(id !== undefined && { id: decodeURIComponent(id) }),
    query: new URLSearchParams(location.search),
    left: current.signal,
  })
  document.title = `${title} · oo console`
  const place = byId('page')
  fill(place, h('h1', {}, title), content)
  for (const link of document.querySelectorAll('nav a')) {
    const here = link.getAttribute('href') === `${BASE}${name}`
    if (here) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  place.focus({ preventScroll: true })
  scrollTo(0, 0)
}

/** @returns {View} */
const notFound = () => ({
  title: 'Nothing here',
  content: h('p', {}, 'The console has no such page. ', h('a', { href: BASE }, 'To the overview')),
})
