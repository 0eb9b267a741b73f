import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  findUserIdBehind,
  findUserIdsByPrefix,
  type ListedUserRow,
  listMatchingUsersBetween,
  listUsersBefore,
  listUsersByIds,
} from '../../db/admin-users.ts'
import type { Database } from '../../db/open.ts'

/** So many ids are sorted at most; users who are more than that are met soon enough by walking the list. */
const SORTED_AT_MOST = 4_000
/** Users looked at before other requests get their turn. */
const STRETCH = 2_000

/**
 * Users newest first, of those whose e-mail address or name starts with `q` or whose id it is.
 *
 * What few users fit is found by index and sorted. What many fit is found by walking back through the list, in stretches.
 */
export async function findUsers(
  db: Database,
  q: string,
  before: string | undefined,
  limit: number,
): Promise<ListedUserRow[]> {
  if (q === '') return listUsersBefore(db, before, limit)
  const byEmail = await findUserIdsByPrefix(db, 'email', q, SORTED_AT_MOST)
  const byName = await findUserIdsByPrefix(db, 'name', q, SORTED_AT_MOST)
  if (Math.max(byEmail.length, byName.length) === SORTED_AT_MOST) return walk(db, q, before, limit)
  const byId = await listUsersByIds(db, [q])
  const ids = new Set([...byEmail, ...byName, ...byId.map(({ id }) => id)])
  const older = [...ids].filter((id) => before === undefined || id < before)
  // An id tells when it was made: sorting ids is sorting by age.
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
