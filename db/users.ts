import type { Insertable } from 'kysely'
import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { ConsentRow, Millis, UserRow } from './tables.ts'

const userById = compiledOnce((db, { id }: { id: string }) =>
  db.selectFrom('users').selectAll().where('id', '=', id).where('kind', '!=', 'leaving'),
)

/** Who is leaving is not there any more. */
export async function findUser(db: DbOrTrx, id: string) {
  const [user] = await userById(db, { id })
  return user
}

/** Users are keyed by issuer and subject, never by e-mail: an address can change hands. */
export function findUserBySubject(db: DbOrTrx, issuer: string, subject: string) {
  return db
    .selectFrom('users')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

export function insertUser(db: DbOrTrx, row: Insertable<UserRow>) {
  return db.insertInto('users').values(row).execute()
}

export function updateUserProfile(
  db: DbOrTrx,
  id: string,
  profile: Pick<UserRow, 'email' | 'email_verified' | 'name' | 'picture' | 'last_active_at'>,
) {
  return db.updateTable('users').set(profile).where('id', '=', id).execute()
}

export function touchUser(db: DbOrTrx, id: string, at: Millis) {
  return db.updateTable('users').set({ last_active_at: at }).where('id', '=', id).execute()
}

/** Consents are a ledger: a withdrawal is a new row, nothing is changed. */
export function insertConsent(db: DbOrTrx, row: ConsentRow) {
  return db.insertInto('consents').values(row).execute()
}

export function listConsents(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('consents')
    .select(['kind', 'action', 'at'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}
