import { setImmediate as yieldToOthers } from 'node:timers/promises'

/** Rows that are read a page at a time. */
export type Pages<T> = AsyncIterable<readonly T[]>

/**
 * Reads a table page by page.
 *
 * @param read the page after a cursor.
 * @param cursorOf the cursor of a page's last row.
 */
export async function* readPages<Row, Cursor>(
  first: Cursor,
  read: (after: Cursor) => Promise<readonly Row[]>,
  cursorOf: (row: Row) => Cursor,
): AsyncGenerator<readonly Row[]> {
  let after = first
  for (;;) {
    const rows = await read(after)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = cursorOf(last)
  }
}

export async function* mapPages<Row, Item>(
  pages: Pages<Row>,
  map: (rows: readonly Row[]) => readonly Item[] | Promise<readonly Item[]>,
): AsyncGenerator<readonly Item[]> {
  for await (const rows of pages) yield await map(rows)
}

/**
 * Writes one JSON object piece by piece, so that a large one is neither in memory at once nor in the way of others.
 *
 * @param fields a value, or pages that become one array.
 */
export async function* writeJson(fields: Record<string, unknown>): AsyncGenerator<string> {
  let before = '{'
  for (const [name, value] of Object.entries(fields)) {
    yield `${before}${JSON.stringify(name)}:`
    if (isPages(value)) yield* writeArray(value)
    else yield JSON.stringify(value)
    before = ','
  }
  yield '}'
}

async function* writeArray(pages: Pages<unknown>): AsyncGenerator<string> {
  let before = '['
  for await (const page of pages) {
    for (const item of page) {
      yield before + JSON.stringify(item)
      before = ','
    }
    // Reading from SQLite never waits, so without this a whole export would be one turn of the event loop.
    await yieldToOthers()
  }
  yield before === '[' ? '[]' : ']'
}

const isPages = (value: unknown): value is Pages<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
