/**
 * All items of a paged list, page by page as they are asked for.
 *
 * @template T
 * @param {(cursor: string | undefined) => Promise<{ items: T[], nextCursor: string | null }>} readPage
 * @returns {AsyncGenerator<T, void, undefined>}
 */
export async function* itemsOf(readPage) {
  /** @type {string | undefined} */
  let cursor
  do {
    const { items, nextCursor } = await readPage(cursor)
    yield* items
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined)
}

/**
 * At most `count` of them; the rest is never asked for.
 *
 * @template T
 * @param {AsyncIterable<T>} items
 * @param {number} count
 */
export async function take(items, count) {
  /** @type {T[]} */
  const taken = []
  if (count < 1) return taken
  for await (const item of items) {
    taken.push(item)
    if (taken.length >= count) break
  }
  return taken
}
