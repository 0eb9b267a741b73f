import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../../db/open.ts'
import { listSealed, replaceSealed, type SealedColumn, type SealedRow } from '../../db/sealed.ts'
import type { SecretBox } from './box.ts'

/** Where sealed texts stand, and what each of them is bound to. */
export interface SealedPlace extends SealedColumn {
  boundTo(row: SealedRow): string
}

export interface ResealResult {
  /** Sealed anew with the current key. */
  resealed: number
  /** They open with none of the listed keys; left as they are, in case their key is listed again. */
  unreadable: number
}

/** Each takes two rounds of AES over some hundred bytes: a slice is done in a few milliseconds. */
const ROWS_PER_SLICE = 100

/**
 * Seals with the current key whatever an older key of the list has sealed. Once it has found nothing left, the older
 * keys can be taken off the list. It changes only texts that nothing else changed meanwhile, so it may run beside
 * everything else, and twice.
 */
export async function resealAll(
  { db, secretBox }: { db: Database; secretBox: SecretBox },
  places: readonly SealedPlace[],
  signal: AbortSignal,
): Promise<ResealResult> {
  const result = { resealed: 0, unreadable: 0 }
  for (const place of places) {
    let after = ''
    while (!signal.aborted) {
      const rows = await listSealed(db, place, { after, limit: ROWS_PER_SLICE })
      await resealSlice(db, secretBox, place, rows, result)
      const last = rows[ROWS_PER_SLICE - 1]
      if (!last) break
      after = last.id
      await nextTurn()
    }
  }
  return result
}

async function resealSlice(
  db: Database,
  secretBox: SecretBox,
  place: SealedPlace,
  rows: readonly SealedRow[],
  result: ResealResult,
): Promise<void> {
  const changes: { id: string; from: string; to: string }[] = []
  for (const row of rows) {
    const from = row[place.column]
    if (typeof from !== 'string' || secretBox.isCurrent(from)) continue
    const to = sealAnew(secretBox, from, place.boundTo(row))
    if (to === undefined) result.unreadable += 1
    else changes.push({ id: row.id, from, to })
  }
  if (changes.length === 0) return
  await db.transaction().execute(async (trx) => {
    for (const change of changes) await replaceSealed(trx, place, change)
  })
  result.resealed += changes.length
}

function sealAnew(secretBox: SecretBox, sealed: string, boundTo: string): string | undefined {
  try {
    return secretBox.seal(secretBox.open(sealed, boundTo), boundTo)
  } catch {
    return undefined
  }
}
