import type { StoredTip } from '../../db/tips.ts'
import type { TipBody } from '../../schemas/tips.ts'
import { toIso } from '../clock.ts'

/** A stored tip as its owner sees it, the first time and every time after. */
export const tipBody = (row: StoredTip): TipBody => ({
  id: row.id,
  text: row.text,
  task: row.task === null ? null : JSON.parse(row.task),
  source: row.source,
  policy: row.policy,
  promptVersion: row.prompt_version,
  createdAt: toIso(row.created_at),
})
