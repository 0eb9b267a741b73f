import { randomUUID } from 'node:crypto'
import {
  type AuditFilter,
  ensurePseudonym,
  findPseudonym,
  insertAuditRow,
  type ListedAuditRow,
  lastAuditRow,
  listAuditRows,
} from '../../db/audit.ts'
import type { Database, DbOrTrx, Trx } from '../../db/open.ts'
import type { AuditEntryBody } from '../../schemas/audit.ts'
import { inBatches } from '../batches.ts'
import { type Clock, toIso } from '../clock.ts'
import { newId } from '../ids.ts'
import { type PageBody, pageOf } from '../page.ts'
import { GENESIS, hashEntry } from './chain.ts'

export type Outcome = 'ok' | 'refused' | 'failed'

/** A call as the log takes it down. Users go by their id here; the log writes pseudonyms. */
export interface AuditedCall {
  /** User id of who called; null when nobody was signed in. */
  actor: string | null
  /** `operationId` of the route. */
  action: string
  /** What the call was about: a user id, another id, a name. */
  target: string | null
  /** The HTTP status of the answer. */
  status: number
  /** Small and without secrets: it is kept for ever. */
  detail: Record<string, unknown>
  traceId: string
}

interface Waiting {
  call: AuditedCall
  written: PromiseWithResolvers<void>
}

/**
 * Makes the function that appends an entry to the chain and resolves when it is kept. Entries are chained one after
 * another whoever writes them; those that come at about the same time share a transaction, which is the dear part.
 *
 * The chain cannot be changed after the fact, so it holds no user id: people stand in it by a random pseudonym, and
 * deleting an account deletes only the row that says whose it was.
 */
export function createAppender(db: Database, clock: Clock): (call: AuditedCall) => Promise<void> {
  const push = inBatches<Waiting>(async (together) => {
    try {
      await db.transaction().execute(async (trx) => {
        const append = await appenderTo(trx, clock)
        for (const { call } of together) await append(call)
      })
      for (const { written } of together) written.resolve()
    } catch (error) {
      for (const { written } of together) written.reject(error)
    }
  })

  return (call) => {
    const written = Promise.withResolvers<void>()
    push({ call, written })
    return written.promise
  }
}

/** Appends entries within a transaction; what it has looked up for one it knows for the next. */
async function appenderTo(trx: Trx, clock: Clock) {
  let last = (await lastAuditRow(trx)) ?? { seq: 0, hash: GENESIS }
  const pseudonyms = new Map<string, string | undefined>()

  async function pseudonymOf(id: string): Promise<string | undefined> {
    if (!pseudonyms.has(id)) {
      pseudonyms.set(id, await ensurePseudonym(trx, id, `anon-${randomUUID()}`))
    }
    return pseudonyms.get(id)
  }

  /** Every user id in the text, be it all of it or a part of a path, gives way to a pseudonym; other ids stay. */
  async function pseudonymise(text: string): Promise<string> {
    let result = text
    for (const [id] of text.matchAll(UUID)) {
      const pseudonym = await pseudonymOf(id)
      if (pseudonym !== undefined) result = result.replaceAll(id, pseudonym)
    }
    return result
  }

  return async (call: AuditedCall): Promise<void> => {
    const row = {
      seq: last.seq + 1,
      id: newId(),
      at: clock(),
      actor: call.actor && (await pseudonymise(call.actor)),
      action: call.action,
      target: call.target && (await pseudonymise(call.target)),
      outcome: outcomeOf(call.status),
      status: call.status,
      detail: await pseudonymise(JSON.stringify(call.detail)),
      trace_id: call.traceId,
      previous_hash: last.hash,
    }
    const hash = hashEntry(row)
    await insertAuditRow(trx, { ...row, hash })
    last = { seq: row.seq, hash }
  }
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

function outcomeOf(status: number): Outcome {
  if (status < 400) return 'ok'
  return status < 500 ? 'refused' : 'failed'
}

/** Entries newest first. `actor` and `target` may be user ids or, for deleted accounts, pseudonyms. */
export async function listEntries(
  db: DbOrTrx,
  filter: AuditFilter,
  limit: number,
): Promise<PageBody<AuditEntryBody>> {
  const rows = await listAuditRows(
    db,
    {
      ...filter,
      actor: filter.actor && ((await findPseudonym(db, filter.actor)) ?? filter.actor),
      target: filter.target && ((await findPseudonym(db, filter.target)) ?? filter.target),
    },
    limit + 1,
  )
  return pageOf(rows, limit, entryBody, (row) => String(row.seq))
}

const entryBody = (row: ListedAuditRow): AuditEntryBody => ({
  id: row.id,
  at: toIso(row.at),
  actor: row.actorUserId ?? row.actor,
  action: row.action,
  target: row.targetUserId ?? row.target,
  outcome: row.outcome,
  status: row.status,
  detail: JSON.parse(row.detail),
  traceId: row.trace_id,
})
