import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database, DbOrTrx, Trx } from './open.ts'
import type { Tables } from './tables.ts'

/**
 * Every table whose rows belong to one user, children before parents, so that each row is counted where it stands.
 * A test compares this list with the schema: a new table with a `user_id` cannot be forgotten.
 */
export const ACCOUNT_TABLES = [
  'shadow_scores',
  'tip_feedback',
  'idempotency_keys',
  'tip_scores',
  'profile_features',
  'push_subscriptions',
  'tasks',
  'integrations',
  'oauth_transactions',
  'consents',
  'sessions',
  'audit_subjects',
  'stats_users',
] as const satisfies (keyof Tables)[]

/** Deletes a user and all that is theirs. @returns how many rows went, by table. */
export async function deleteAccountRows(trx: Trx, userId: string): Promise<Record<string, number>> {
  const rows: Record<string, number> = {}
  for (const table of ACCOUNT_TABLES) {
    const { numDeletedRows } = await trx
      .deleteFrom(table)
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow()
    rows[table] = Number(numDeletedRows)
  }
  const { numDeletedRows } = await trx
    .deleteFrom('users')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()
  return { ...rows, users: Number(numDeletedRows) }
}

/**
 * History stays, without the person: what happened and when, under a name that leads nowhere. Payloads go, and with
 * them whatever was still to be delivered.
 */
export async function pseudonymiseHistory(
  trx: Trx,
  userId: string,
  pseudonym: string,
): Promise<void> {
  await trx
    .updateTable('events')
    .set({ user_id: pseudonym, payload: '{}' })
    .where('user_id', '=', userId)
    .execute()
  // Of other users' events only what an administrator did names its target.
  await trx
    .updateTable('events')
    .set({ payload: sql`replace(payload, ${userId}, ${pseudonym})` })
    .where('type', '=', 'signals.admin.action')
    .where('payload', 'like', `%${userId}%`)
    .execute()
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
