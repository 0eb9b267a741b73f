// @ts-check
/**
 * Builds an element. Values from outside become text nodes or attributes, never markup.
 * A function is a listener for the event of that name; `true` is an empty attribute; false, null and undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function')
      element.addEventListener(name, /** @type {EventListener} */ (value))
    else if (value !== undefined && value !== null && value !== false)
      element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  )
  return element
}

/**
 * A titled region of a page.
 *
 * @param {string} testid
 * @param {string} title
 * @param {...(Node | string | null | undefined | false)} children
 */
export function panel(testid, title, ...children) {
  const id = `${testid}-title`
  return h(
    'section',
    { class: 'panel', 'data-testid': testid, 'aria-labelledby': id },
    h('h2', { id }, title),
    ...children,
  )
}

/**
 * A link, or plain text where the address is not one of the web.
 *
 * @param {string | null | undefined} href
 * @param {string} label
 * @param {Record<string, unknown>} [props]
 */
export function link(href, label, props = {}) {
  if (!href || !/^https?:\/\//i.test(href)) return h('span', props, label)
  return h('a', { ...props, href, target: '_blank', rel: 'noopener noreferrer' }, label)
}
