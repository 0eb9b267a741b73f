import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database, DbOrTrx, Trx } from './open.ts'
import type { Tables } from './tables.ts'

/**
 * Every table whose rows belong to one user, with its key; children before parents, so that each row is counted where it
 * stands. A test compares this list with the schema: a new table with a `user_id` cannot be forgotten.
 */
const KEYS = {
  shadow_scores: ['tip_id', 'name'],
  tip_feedback: ['id'],
  idempotency_keys: ['user_id', 'key'],
  tip_scores: ['id'],
  profile_features: ['user_id', 'name'],
  push_subscriptions: ['id'],
  tasks: ['user_id', 'id'],
  integrations: ['id'],
  oauth_transactions: ['state_hash'],
  consents: ['id'],
  sessions: ['id_hash'],
  audit_subjects: ['pseudonym'],
  stats_users: ['user_id'],
} as const satisfies Partial<Record<keyof Tables, readonly string[]>>

export type AccountTable = keyof typeof KEYS
export const ACCOUNT_TABLES = Object.keys(KEYS) as AccountTable[]

/** What a user who is leaving has in place of an issuer: no address of any provider. */
const LEAVING = 'leaving'

/**
 * Makes a user one who is leaving: nobody who can sign in, be found or be named. What is left is a row for the rest of
 * the account to hang on until it is erased; it holds the name under which the user's history stays.
 */
export function markLeaving(trx: Trx, userId: string, pseudonym: string) {
  const nobody = { email: null, email_verified: 0, name: null, picture: null }
  return trx
    .updateTable('users')
    .set({ kind: LEAVING, issuer: LEAVING, subject: pseudonym, ...nobody })
    .where('id', '=', userId)
    .execute()
}

/** Users who are leaving, each with the name under which their history stays. */
export function listLeaving(db: DbOrTrx) {
  return db
    .selectFrom('users')
    .select(['id as userId', 'subject as pseudonym'])
    .where('issuer', '=', LEAVING)
    .execute()
}

/** @returns false when somebody else has deleted the user already. */
export async function deleteLeaving(trx: Trx, userId: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('users')
    .where('id', '=', userId)
    .where('kind', '=', LEAVING)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Deletes at most `limit` rows of a user's from one table. @returns how many went. */
export async function deleteAccountRows(
  trx: Trx,
  table: AccountTable,
  userId: string,
  limit: number,
): Promise<number> {
  const key = sql.join(KEYS[table].map((column) => sql.ref(column)))
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where (${key}) in (
      select ${key} from ${sql.table(table)} where user_id = ${userId} limit ${limit}
    )
  `.execute(trx)
  return Number(numAffectedRows)
}

/**
 * History stays, without the person: what happened and when, under a name that leads nowhere. Payloads go, and with
 * them whatever was still to be delivered.
 *
 * @returns how many events, at most `limit`, were changed.
 */
export async function pseudonymiseEvents(
  trx: Trx,
  userId: string,
  pseudonym: string,
  limit: number,
): Promise<number> {
  const { numUpdatedRows } = await trx
    .updateTable('events')
    .set({ user_id: pseudonym, payload: '{}' })
    .where('seq', 'in', (own) =>
      own.selectFrom('events').select('seq').where('user_id', '=', userId).limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/**
 * Of other users' events only what an administrator did names its target.
 *
 * @param after position behind which to look, at `limit` such events at most.
 * @returns the position to go on from; undefined when that were all.
 */
export async function pseudonymiseMentions(
  trx: Trx,
  user: { userId: string; pseudonym: string },
  { after, limit }: { after: number; limit: number },
): Promise<number | undefined> {
  const actions = await trx
    .selectFrom('events')
    .select(['seq', 'payload'])
    .where('type', '=', 'signals.admin.action')
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  for (const { seq, payload } of actions) {
    if (!payload.includes(user.userId)) continue
    await trx
      .updateTable('events')
      .set({ payload: payload.replaceAll(user.userId, user.pseudonym) })
      .where('seq', '=', seq)
      .execute()
  }
  return actions[limit - 1]?.seq
}

/** Another process that reads or writes just now keeps the log from being emptied: tried again, not waited for. */
const EMPTY_LOG_TRIES = 20
const EMPTY_LOG_WAIT_MS = 50

/**
 * Writes the log (WAL) back into the file and empties it: until then it still holds what was deleted. Goes through the
 * database's own queue, since SQLite refuses it while a transaction is open on the connection.
 *
 * @returns false when another process was reading for so long that it could not be emptied.
 */
export async function emptyLog(db: Database): Promise<boolean> {
  for (let tries = 0; tries < EMPTY_LOG_TRIES; tries += 1) {
    const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
    if (rows[0]?.busy === 0) return true
    await sleep(EMPTY_LOG_WAIT_MS)
  }
  return false
}

/** Tasks by id, after `afterId`. */
export function sliceTasks(db: DbOrTrx, userId: string, afterId: string, limit: number) {
  return db
    .selectFrom('tasks')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Tips, oldest first, with their decision data. */
export function sliceTips(db: DbOrTrx, userId: string, afterId: string, limit: number) {
  return db
    .selectFrom('tip_scores')
    .selectAll()
    .where('user_id', '=', userId)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function listFeedbackOf(db: DbOrTrx, tipIds: readonly string[]) {
  return db
    .selectFrom('tip_feedback')
    .selectAll()
    .where('tip_id', 'in', tipIds)
    .orderBy('id')
    .execute()
}

export function listShadowScoresOf(db: DbOrTrx, tipIds: readonly string[]) {
  return db
    .selectFrom('shadow_scores')
    .selectAll()
    .where('tip_id', 'in', tipIds)
    .orderBy('name')
    .execute()
}

/** A user's events, oldest first. */
export function sliceEvents(db: DbOrTrx, userId: string, afterSeq: number, limit: number) {
  return db
    .selectFrom('events')
    .selectAll()
    .where('user_id', '=', userId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
}

export function listStoredFeatures(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('profile_features')
    .select(['name', 'value', 'computed_at'])
    .where('user_id', '=', userId)
    .orderBy('name')
    .execute()
}

export function listIdempotencyKeys(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('idempotency_keys')
    .select(['key', 'tip_id', 'created_at'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute()
}

/** Attempts to connect an integration that are still open. */
export function listConnectAttempts(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('oauth_transactions')
    .select(['provider', 'return_to', 'expires_at'])
    .where('user_id', '=', userId)
    .orderBy('expires_at')
    .execute()
}
