import { h, nodesOf } from './dom.js'
import { failed } from './states.js'

/** @typedef {import('./dom.js').Child} Child */

/**
 * @template T
 * @typedef {[heading: string, cell: (row: T) => Child, kind?: 'number' | 'wide']} Column
 */

/**
 * @template T
 * @param {string} caption for those who do not see where the table stands
 * @param {Column<T>[]} columns
 * @param {T[]} rows
 */
export function table(caption, columns, rows) {
  const body = h('tbody', {}, ...rows.map((row) => rowOf(columns, row)))
  const headings = columns.map(([heading, , kind]) =>
    h('th', { scope: 'col', class: kind }, heading),
  )
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', { class: 'hidden' }, caption),
      h('thead', {}, h('tr', {}, ...headings)),
      body,
    ),
  )
}

/** @template T @param {Column<T>[]} columns @param {T} row */
export const rowOf = (columns, row) =>
  h(
    'tr',
    {},
    ...columns.map(([heading, cell, kind]) =>
      h('td', { class: kind, 'data-heading': heading }, cell(row)),
    ),
  )

/**
 * A table that grows by a page at a time.
 *
 * @template T
 * @param {string} caption
 * @param {Column<T>[]} columns
 * @param {(cursor?: string) => Promise<{ items: T[], nextCursor: string | null }>} readPage
 * @param {Child} none what to show when there is nothing
 */
export async function pagedTable(caption, columns, readPage, none) {
  const first = await readPage()
  if (first.items.length === 0) return none
  const element = table(caption, columns, first.items)
  const body = /** @type {HTMLElement} */ (element.querySelector('tbody'))
  const more = h('div', { class: 'more' })
  offer(first.nextCursor)
  return [element, more]

  /** @param {string | null} cursor */
  function offer(cursor) {
    more.replaceChildren()
    if (cursor === null) return
    const button = h('button', { type: 'button', onclick: () => append(cursor) }, 'Show more')
    more.append(button)
  }
  /** @param {string} cursor */
  async function append(cursor) {
    for (const button of more.querySelectorAll('button')) button.disabled = true
    try {
      const page = await readPage(cursor)
      body.append(...nodesOf(page.items.map((row) => rowOf(columns, row))))
      offer(page.nextCursor)
    } catch (error) {
      more.replaceChildren(failed(error, () => append(cursor)))
    }
  }
}
