/** A page of a keyset list, as the API shows it. */
export interface PageBody<Item> {
  items: Item[]
  nextCursor: string | null
}

/**
 * Makes a page of rows that were read one past the limit: that one tells whether there is a next page.
 *
 * @param cursorOf the position after a row.
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): PageBody<Item> {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(toItem),
    nextCursor: last && rows.length > limit ? cursorOf(last) : null,
  }
}
