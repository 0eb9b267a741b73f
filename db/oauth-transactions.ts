import type { DbOrTrx } from './open.ts'
import type { Millis, OAuthTransactionRow } from './tables.ts'

export function insertOAuthTransaction(db: DbOrTrx, row: OAuthTransactionRow) {
  return db.insertInto('oauth_transactions').values(row).execute()
}

/** Takes the attempt out of the table: whoever gets the row is the only one who ever does. */
export function takeOAuthTransaction(
  db: DbOrTrx,
  attempt: Pick<OAuthTransactionRow, 'state_hash' | 'provider' | 'browser_hash'>,
) {
  return db
    .deleteFrom('oauth_transactions')
    .where('state_hash', '=', attempt.state_hash)
    .where('provider', '=', attempt.provider)
    .where('browser_hash', '=', attempt.browser_hash)
    .returning(['user_id', 'return_to', 'expires_at'])
    .executeTakeFirst()
}

export function deleteExpiredOAuthTransactions(db: DbOrTrx, now: Millis) {
  return db.deleteFrom('oauth_transactions').where('expires_at', '<=', now).execute()
}
