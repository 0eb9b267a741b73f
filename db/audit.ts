import { compiledOnce } from './compiled.ts'
import type { DbOrTrx, Trx } from './open.ts'
import type { AuditRow } from './tables.ts'

/** An entry as it is stored, its position included. */
export type StoredAuditRow = Omit<AuditRow, 'seq'> & { seq: number }

const newestAuditRow = compiledOnce((db) =>
  db.selectFrom('audit').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1),
)

export async function lastAuditRow(db: DbOrTrx) {
  const [row] = await newestAuditRow(db, {})
  return row
}

export const insertAuditRow = compiledOnce((db, row: StoredAuditRow) =>
  db.insertInto('audit').values({
    seq: row.seq,
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    status: row.status,
    detail: row.detail,
    trace_id: row.trace_id,
    previous_hash: row.previous_hash,
    hash: row.hash,
  }),
)

/** The chain in order, a slice at a time. */
export function readAuditChain(db: DbOrTrx, afterSeq: number, limit: number) {
  return db
    .selectFrom('audit')
    .selectAll()
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
}

export interface AuditFilter {
  actor?: string | undefined
  action?: string | undefined
  target?: string | undefined
  /** Entries before this position. */
  beforeSeq?: number | undefined
}

/** Newest first. A pseudonym comes with the user it stands for while the account exists. */
export function listAuditRows(db: DbOrTrx, filter: AuditFilter, limit: number) {
  const { actor, action, target, beforeSeq } = filter
  return db
    .selectFrom('audit')
    .leftJoin('audit_subjects as who', 'who.pseudonym', 'audit.actor')
    .leftJoin('audit_subjects as whom', 'whom.pseudonym', 'audit.target')
    .selectAll('audit')
    .select(['who.user_id as actorUserId', 'whom.user_id as targetUserId'])
    .$if(actor !== undefined, (query) => query.where('audit.actor', '=', actor as string))
    .$if(action !== undefined, (query) => query.where('audit.action', '=', action as string))
    .$if(target !== undefined, (query) => query.where('audit.target', '=', target as string))
    .$if(beforeSeq !== undefined, (query) => query.where('audit.seq', '<', beforeSeq as number))
    .orderBy('audit.seq', 'desc')
    .limit(limit)
    .execute()
}
export type ListedAuditRow = Awaited<ReturnType<typeof listAuditRows>>[number]

const pseudonymOf = compiledOnce((db, { userId }: { userId: string }) =>
  db.selectFrom('audit_subjects').select('pseudonym').where('user_id', '=', userId),
)

export async function findPseudonym(db: DbOrTrx, userId: string): Promise<string | undefined> {
  const [row] = await pseudonymOf(db, { userId })
  return row?.pseudonym
}

/**
 * The pseudonym of a user, made on first mention.
 *
 * @param fresh what it becomes when there is none yet.
 * @returns undefined when there is no such user.
 */
export async function ensurePseudonym(
  trx: Trx,
  userId: string,
  fresh: string,
): Promise<string | undefined> {
  const known = await findPseudonym(trx, userId)
  if (known !== undefined) return known
  const row = await trx
    .insertInto('audit_subjects')
    .columns(['pseudonym', 'user_id'])
    .expression((user) =>
      user
        .selectFrom('users')
        .select((value) => [value.val(fresh).as('pseudonym'), 'id'])
        .where('id', '=', userId),
    )
    .returning('pseudonym')
    .executeTakeFirst()
  return row?.pseudonym
}
