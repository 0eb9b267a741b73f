import { Value } from '@sinclair/typebox/value'
import { SECOND } from '../../clock.ts'
import { UpstreamError } from '../../http/client.ts'
import { ProviderError } from '../provider.ts'
import { LimitsReached, TokenError } from './answers.ts'

/** A failed call in the words that every provider shares. Whatever is not a failed call is thrown on as it is. */
export function providerError(error: unknown): ProviderError {
  if (!(error instanceof UpstreamError)) throw error
  const { failure, status, body, message } = error
  if (failure === 'invalid') return new ProviderError('bad_answer', message)
  if (failure !== 'status' || status === undefined || status >= 500) {
    return new ProviderError('provider_unavailable', message)
  }
  if (status === 429) return new ProviderError('rate_limited', message, retryAfterMs(body))
  if (status === 401 || status === 403) return new ProviderError('unauthorized', message)
  return new ProviderError('bad_answer', message)
}

function retryAfterMs(body: unknown): number | undefined {
  return Value.Check(LimitsReached, body) ? body.error_extra.retry_after * SECOND : undefined
}

/**
 * Of the token endpoint's errors only `invalid_grant` is about the person (RFC 6749, section 5.2); the others, 401 too,
 * are about this server, and nobody should have to connect again for them.
 */
export function refreshError(error: unknown): ProviderError {
  if (!(error instanceof UpstreamError)) throw error
  if (Value.Check(TokenError, error.body) && error.body.error === 'invalid_grant') {
    return new ProviderError('unauthorized', error.message)
  }
  const other = providerError(error)
  return other.failure === 'unauthorized' ? new ProviderError('bad_answer', error.message) : other
}

/** A 4xx about the request itself: the thing it speaks of is not known there. */
export const isUnknownThere = (error: unknown): boolean =>
  error instanceof UpstreamError && (error.status === 400 || error.status === 404)
