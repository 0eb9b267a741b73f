import type { Insertable } from 'kysely'
import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { Millis, SessionRow } from './tables.ts'

export function insertSession(db: DbOrTrx, row: Insertable<SessionRow>) {
  return db.insertInto('sessions').values(row).execute()
}

const sessionWithUser = compiledOnce((db, { idHash }: { idHash: string }) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.id_hash', '=', idHash)
    .where('users.kind', '!=', 'leaving')
    .select([
      'sessions.id_hash as idHash',
      'sessions.public_id as publicId',
      'sessions.kind as sessionKind',
      'sessions.last_seen_at as lastSeenAt',
      'sessions.expires_at as expiresAt',
      'users.id as userId',
      'users.kind as userKind',
      'users.email as email',
      'users.email_verified as emailVerified',
      'users.name as name',
      'users.picture as picture',
    ]),
)

/** The session and its user in one look-up by primary key. */
export async function findSessionWithUser(db: DbOrTrx, idHash: string) {
  const [row] = await sessionWithUser(db, { idHash })
  return row
}

export function touchSession(
  db: DbOrTrx,
  idHash: string,
  use: { lastSeenAt: Millis; expiresAt: Millis },
) {
  return db
    .updateTable('sessions')
    .set({ last_seen_at: use.lastSeenAt, expires_at: use.expiresAt })
    .where('id_hash', '=', idHash)
    .execute()
}

export interface SessionPage {
  limit: number
  /** A public id: only older sessions follow it. */
  cursor?: string
}

/** Sessions that are past neither limit, newest first. */
export function listLiveSessions(
  db: DbOrTrx,
  userId: string,
  limits: { now: Millis; idleSince: Millis },
  { limit, cursor }: SessionPage,
) {
  return db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('expires_at', '>', limits.now)
    .where('last_seen_at', '>', limits.idleSince)
    .$if(cursor !== undefined, (query) => query.where('public_id', '<', cursor as string))
    .selectAll()
    .orderBy('public_id', 'desc')
    .limit(limit)
    .execute()
}

export function deleteSession(db: DbOrTrx, idHash: string) {
  return db
    .deleteFrom('sessions')
    .where('id_hash', '=', idHash)
    .returning(['public_id', 'user_id', 'kind'])
    .executeTakeFirst()
}

export function deleteSessionOf(db: DbOrTrx, userId: string, publicId: string) {
  return db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('public_id', '=', publicId)
    .returning('public_id')
    .executeTakeFirst()
}

export function deleteOtherSessions(db: DbOrTrx, userId: string, keepIdHash: string) {
  return db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id_hash', '!=', keepIdHash)
    .returning('public_id')
    .execute()
}

/** Sessions past either limit, at most `limit` of them. */
export function deleteExpiredSessions(db: DbOrTrx, now: Millis, idleSince: Millis, limit: number) {
  return db
    .deleteFrom('sessions')
    .where('id_hash', 'in', (expired) =>
      expired
        .selectFrom('sessions')
        .select('id_hash')
        .where((or) => or.or([or('expires_at', '<=', now), or('last_seen_at', '<=', idleSince)]))
        .limit(limit),
    )
    .returning(['public_id', 'user_id'])
    .execute()
}
