import type { Database } from '../../db/open.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import { type CompletedAttempt, completeOAuth } from './transactions.ts'

/** What a provider sends the browser back with (RFC 6749, section 4.1.2). */
export interface CallbackParams {
  state?: string
  code?: string
  error?: string
}

export interface CallbackOf {
  provider: string
  browserSecret: string | undefined
  /** Who must have begun the attempt; null for a sign-in. */
  userId: string | null
}

/**
 * Consumes the attempt that a callback belongs to.
 *
 * @returns null when the person said no.
 * @throws {Problem} oauth_state_invalid, oauth_provider_failed
 */
export async function finishOAuth(
  db: Database,
  clock: Clock,
  { provider, browserSecret, userId }: CallbackOf,
  { state, code, error }: CallbackParams,
): Promise<{ attempt: CompletedAttempt; code: string } | null> {
  // Some providers leave the state out when the person says no; there is nothing to protect then.
  if (error === 'access_denied' && state === undefined) return null
  const attempt = await completeOAuth(db, clock, provider, browserSecret, state)
  if (attempt?.userId !== userId) throw new Problem('oauth_state_invalid')
  if (error === 'access_denied') return null
  if (error !== undefined || code === undefined) throw new Problem('oauth_provider_failed')
  return { attempt, code }
}
