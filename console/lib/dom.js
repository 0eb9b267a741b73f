/**
 * What may stand inside an element.
 * @typedef {Node | string | number | null | undefined | false | Child[]} Child
 */

/**
 * An element with attributes, listeners (`onclick`) and children. Text is always text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes] `true` is an empty attribute; null, undefined and false are none
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
    } else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...nodesOf(children))
  return element
}

/** @param {Child[]} children @returns {(Node | string)[]} */
export const nodesOf = (children) =>
  children.flatMap((child) => {
    if (child === null || child === undefined || child === false) return []
    if (Array.isArray(child)) return nodesOf(child)
    return [typeof child === 'number' ? String(child) : child]
  })

/** @param {Element} element @param {...Child} children */
export const fill = (element, ...children) => element.replaceChildren(...nodesOf(children))

/** The element of the page's frame. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`no element #${id}`)
  return element
}

/** A link within the console. @param {string} href @param {...Child} children */
export const link = (href, ...children) => h('a', { href }, ...children)

/** What the fields of a form hold, the empty ones left out. @param {HTMLFormElement} form @returns {Record<string, string>} */
export const fieldsOf = (form) =>
  Object.fromEntries(
    [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()]] : [],
    ),
  )
