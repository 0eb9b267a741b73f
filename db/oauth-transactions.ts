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

/** At most `limit` attempts whose time is over. @returns how many went. */
export async function deleteExpiredOAuthTransactions(
  db: DbOrTrx,
  now: Millis,
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('oauth_transactions')
    .where('state_hash', 'in', (expired) =>
      expired
        .selectFrom('oauth_transactions')
        .select('state_hash')
        .where('expires_at', '<=', now)
        .limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
