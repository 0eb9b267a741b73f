import { createHash, createHmac } from 'node:crypto'
import {
  deleteExpiredOAuthTransactions,
  insertOAuthTransaction,
  takeOAuthTransaction,
} from '../../db/oauth-transactions.ts'
import type { Database } from '../../db/open.ts'
import { type Clock, MINUTE } from '../clock.ts'
import { newSecret } from '../ids.ts'
import { inSlices, transactionsOf } from '../jobs/slices.ts'

/** How long a person may take at the provider. */
export const OAUTH_TRANSACTION_MS = 10 * MINUTE

export interface OAuthAttempt {
  provider: string
  /** 256 bits that only this browser holds, in a cookie. */
  browserSecret: string
  /** Who connects an integration; null for a sign-in. */
  userId: string | null
  returnTo: string
}

/** What goes to the provider with the attempt. */
export interface OAuthChallenge {
  state: string
  nonce: string
  codeChallenge: string
}

export interface CompletedAttempt {
  userId: string | null
  returnTo: string
  nonce: string
  codeVerifier: string
}

/** Notes the attempt in the database and makes what the provider must send back or prove. */
export async function beginOAuth(
  db: Database,
  clock: Clock,
  attempt: OAuthAttempt,
): Promise<OAuthChallenge> {
  const state = newSecret()
  await insertOAuthTransaction(db, {
    state_hash: sha256(state),
    provider: attempt.provider,
    browser_hash: sha256(attempt.browserSecret),
    user_id: attempt.userId,
    return_to: attempt.returnTo,
    expires_at: clock() + OAUTH_TRANSACTION_MS,
  })
  const { nonce, codeVerifier } = derive(attempt.browserSecret, state)
  return { state, nonce, codeChallenge: sha256(codeVerifier) }
}

/**
 * Consumes the attempt that the state names.
 *
 * @returns undefined when the state is forged, of another provider or browser, older than ten minutes, or used before.
 */
export async function completeOAuth(
  db: Database,
  clock: Clock,
  provider: string,
  browserSecret: string | undefined,
  state: string | undefined,
): Promise<CompletedAttempt | undefined> {
  if (!browserSecret || !state) return undefined
  const row = await takeOAuthTransaction(db, {
    state_hash: sha256(state),
    provider,
    browser_hash: sha256(browserSecret),
  })
  if (!row || row.expires_at <= clock()) return undefined
  return { userId: row.user_id, returnTo: row.return_to, ...derive(browserSecret, state) }
}

/** Deletes attempts that nobody can complete any more. @returns how many went. */
export function purgeOAuthTransactions(
  { db, clock }: { db: Database; clock: Clock },
  signal: AbortSignal,
): Promise<number> {
  const now = clock()
  return inSlices(
    transactionsOf(db),
    (limit, trx) => deleteExpiredOAuthTransactions(trx, now, limit),
    signal,
  )
}

/** Nonce and PKCE verifier come from the browser's secret, so the database holds nothing that would help a thief. */
function derive(browserSecret: string, state: string) {
  const mac = (purpose: string) =>
    createHmac('sha256', browserSecret).update(`${purpose}:${state}`).digest('base64url')
  return { nonce: mac('nonce'), codeVerifier: mac('pkce') }
}

/** base64url, which is also what PKCE S256 asks of a challenge (RFC 7636, section 4.2). */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
