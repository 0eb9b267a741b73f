import { hash } from 'node:crypto'
import { readAuditChain, type StoredAuditRow } from '../../db/audit.ts'
import type { Database } from '../../db/open.ts'

/** What the first entry is chained to. */
export const GENESIS = '0'.repeat(64)

const SLICE = 500

/**
 * SHA-256, in hex, over an entry's fields in this order and the hash of the entry before it: whoever changes, drops,
 * inserts or moves an entry breaks every hash from there on.
 */
export function hashEntry(row: Omit<StoredAuditRow, 'hash'>): string {
  const fields = [
    row.previous_hash,
    row.seq,
    row.id,
    row.at,
    row.actor,
    row.action,
    row.target,
    row.outcome,
    row.status,
    row.detail,
    row.trace_id,
  ]
  return hash('sha256', JSON.stringify(fields), 'hex')
}

export interface Verdict {
  /** Entries that were found in order. */
  entries: number
  /** Hash of the last of them. Kept elsewhere, it also proves later that nothing was cut off the end. */
  head: string
  /** Where the chain breaks, and how; undefined when it is intact. */
  broken?: { seq: number; reason: string }
}

/** Walks the whole chain in slices, and stops at the first entry that does not fit. */
export async function verifyChain(db: Database): Promise<Verdict> {
  let entries = 0
  let head = GENESIS
  for (;;) {
    const rows = await readAuditChain(db, entries, SLICE)
    for (const row of rows) {
      const reason = misfit(row, entries + 1, head)
      if (reason) return { entries, head, broken: { seq: row.seq, reason } }
      entries += 1
      head = row.hash
    }
    if (rows.length < SLICE) return { entries, head }
  }
}

function misfit(row: StoredAuditRow, expectedSeq: number, head: string): string | undefined {
  if (row.seq !== expectedSeq) return `entry ${expectedSeq} is missing`
  if (row.previous_hash !== head) return 'it does not follow the entry before it'
  if (row.hash !== hashEntry(row)) return 'it was changed'
  return undefined
}
