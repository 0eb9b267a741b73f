import { byId, fill, h, link } from './dom.js'

/**
 * What a page is given.
 * @typedef {object} Visit
 * @property {string} [id] the last part of the path
 * @property {URLSearchParams} query
 * @property {AbortSignal} left fires when the page is left
 * @property {(title: string) => void} entitle gives the page its name once that is known
 */

/**
 * @typedef {object} View
 * @property {string} title
 * @property {[path: string, label: string]} [parent] the list that it is one of
 * @property {import('./dom.js').Child} [tools] beside the title
 * @property {import('./dom.js').Child} content
 */
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
  const visit = new AbortController()
  current = visit
  const [name = '', id] = location.pathname.slice(BASE.length).split('/').filter(Boolean)
  const route = id === undefined ? name : `${name}/:id`
  const page = Object.hasOwn(pages, route) ? pages[route] : undefined
  const heading = h('h1')
  /** @param {string} title */
  function entitle(title) {
    if (visit.signal.aborted) return
    heading.textContent = title
    document.title = `${title} · oo console`
  }
  const { title, parent, tools, content } = (page ?? notFound)({
    ...(id !== undefined && { id: decoded(id) }),
    query: new URLSearchParams(location.search),
    left: visit.signal,
    entitle,
  })
  entitle(title)
  const above = parent && h('p', { class: 'crumb' }, link(BASE + parent[0], parent[1]))
  const place = byId('page')
  fill(place, h('div', { class: 'top' }, h('div', {}, above, heading), tools), content)
  markSection(name)
  place.focus({ preventScroll: true })
  scrollTo(0, 0)
}

/** @param {string} name */
function markSection(name) {
  for (const section of document.querySelectorAll('nav a')) {
    if (section.getAttribute('href') !== BASE + name) {
      section.removeAttribute('aria-current')
      continue
    }
    section.setAttribute('aria-current', 'page')
    section.scrollIntoView({ block: 'nearest', inline: 'center' })
  }
}

/** An address that somebody mangled names nothing. @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** @returns {View} */
const notFound = () => ({
  title: 'Nothing here',
  content: h('p', {}, 'The console has no such page. ', link(BASE, 'To the overview')),
})
