import type { DbOrTrx } from '../../db/open.ts'
import { listFeedback, listTips } from '../../db/tips.ts'
import type { PastTipBody } from '../../schemas/tips.ts'
import { toIso } from '../clock.ts'
import { tipBody } from './body.ts'

/**
 * A page of a user's tips with their feedback, newest first.
 *
 * @param cursor `nextCursor` of the page before: the id of its last tip.
 */
export async function listPastTips(
  db: DbOrTrx,
  userId: string,
  { cursor, limit }: { cursor?: string; limit: number },
): Promise<{ items: PastTipBody[]; nextCursor: string | null }> {
  // One more than asked for tells whether there is another page.
  const rows = await listTips(db, userId, { before: cursor, limit: limit + 1 })
  const page = rows.slice(0, limit)
  const feedback = Map.groupBy(
    await listFeedback(
      db,
      page.map(({ id }) => id),
    ),
    ({ tip_id }) => tip_id,
  )
  const items = page.map((row) => ({
    ...tipBody(row),
    feedback: (feedback.get(row.id) ?? []).map(({ action, created_at }) => ({
      action,
      createdAt: toIso(created_at),
    })),
  }))
  return { items, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}
