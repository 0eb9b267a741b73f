import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  countUsersByPrefix,
  findNewestByPrefix,
  findUserIdBehind,
  type ListedUserRow,
  listMatchingUsersBetween,
  listUsersBefore,
  listUsersByIds,
} from '../../db/admin-users.ts'
import type { Database } from '../../db/open.ts'

/** So many are looked through by index at most; users who are more than that are met soon enough by walking the list. */
const BY_INDEX_AT_MOST = 40_000
/** Entries of the index looked through before other requests get their turn. */
const PART = 10_000
/** Of the newest users so many are looked at for each that is wanted, before an index is asked. */
const NEWEST = 10
/** Users looked at before other requests get their turn. */
const STRETCH = 2_000

/**
 * Users newest first, of those whose e-mail address or name starts with `q` or whose id it is.
 *
 * What many users bear fills a page from the newest ones. What few fit is found by index; what is in between, by walking
 * back through the list.
 */
export async function findUsers(
  db: Database,
  q: string,
  before: string | undefined,
  limit: number,
): Promise<ListedUserRow[]> {
  if (q === '') return listUsersBefore(db, before, limit)
  const after = await findUserIdBehind(db, before, NEWEST * limit)
  const newest = await listMatchingUsersBetween(db, q, { before, after }, limit)
  if (newest.length === limit || after === undefined) return newest
  await nextTurn()
  const found = new Set((await listUsersByIds(db, [q])).map(({ id }) => id))
  for (const column of ['email', 'name'] as const) {
    const count = await countUsersByPrefix(db, column, q, BY_INDEX_AT_MOST)
    if (count === BY_INDEX_AT_MOST) return walk(db, q, before, limit)
    for (let offset = 0; offset < count; offset += PART) {
      const part = { offset, size: PART }
      for (const id of await findNewestByPrefix(db, column, q, part, { before, limit })) {
        found.add(id)
      }
      await nextTurn()
    }
  }
  // An id tells when it was made: sorting ids is sorting by age.
  const older = [...found].filter((id) => before === undefined || id < before)
  const page = older.sort().reverse().slice(0, limit)
  return page.length === 0 ? [] : listUsersByIds(db, page)
}

async function walk(
  db: Database,
  q: string,
  start: string | undefined,
  limit: number,
): Promise<ListedUserRow[]> {
  const found: ListedUserRow[] = []
  let before = start
  for (;;) {
    const after = await findUserIdBehind(db, before, STRETCH)
    const stretch = { before, after }
    found.push(...(await listMatchingUsersBetween(db, q, stretch, limit - found.length)))
    if (found.length === limit || after === undefined) return found
    before = after
    await nextTurn()
  }
}
