import type { DbOrTrx } from '../../db/open.ts'
import { findSimRun, listSimRuns, type StoredSimRun } from '../../db/sims.ts'
import type { SimRunBody } from '../../schemas/sims.ts'
import { toIso, toIsoOrNull } from '../clock.ts'
import { Problem } from '../errors.ts'
import { type PageBody, pageOf } from '../page.ts'

/** Runs newest first; the cursor is the id of the last run of the page before. */
export async function listRuns(
  db: DbOrTrx,
  limit: number,
  cursor: string | undefined,
): Promise<PageBody<SimRunBody>> {
  const rows = await listSimRuns(db, limit + 1, cursor)
  return pageOf(rows, limit, runBody, (row) => row.id)
}

/** @throws {Problem} not_found */
export async function getRun(db: DbOrTrx, id: string): Promise<SimRunBody> {
  const row = await findSimRun(db, id)
  if (!row) throw new Problem('not_found')
  return runBody(row)
}

/** A run as the API shows it. */
export const runBody = (row: StoredSimRun): SimRunBody => ({
  id: row.id,
  status: row.status,
  params: JSON.parse(row.params),
  progress: { done: row.progress_done, total: row.progress_total },
  summary: row.summary === null ? null : JSON.parse(row.summary),
  exitCode: row.exit_code,
  reason: row.reason,
  createdAt: toIso(row.created_at),
  startedAt: toIsoOrNull(row.started_at),
  finishedAt: toIsoOrNull(row.finished_at),
  requestedBy: row.requested_by,
})
