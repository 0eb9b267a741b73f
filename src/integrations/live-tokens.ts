import { type Integration, updateLeased } from '../../db/integrations.ts'
import { MINUTE } from '../clock.ts'
import type { QueuedRevocation } from '../revocations/index.ts'
import type { IntegrationDeps } from './deps.ts'
import { LeaseLost } from './lease.ts'
import { type Provider, ProviderError, type ProviderTokens } from './provider.ts'
import { queueTokens } from './revoke.ts'
import { isSealedNow, openTokens, sealTokens } from './token-vault.ts'

/** A token that ends sooner than this is renewed first. */
const EXPIRING_MS = MINUTE

type TokenDeps = Pick<IntegrationDeps, 'transact' | 'clock' | 'secretBox' | 'revocations'>

/**
 * Calls a provider with the user's access token, renewed beforehand when it is about to end, or when the provider
 * refuses it although it should be good. The caller holds the integration's lease, so nobody renews at the same time:
 * refresh tokens are good once.
 *
 * @throws {ProviderError} unauthorized: the user must connect again.
 */
export async function withAccessToken<T>(
  deps: TokenDeps,
  provider: Provider,
  row: Integration,
  traceId: string,
  call: (accessToken: string) => Promise<T>,
): Promise<T> {
  const tokens = read(deps, row)
  const isExpiring = tokens.expiresAt !== null && tokens.expiresAt <= deps.clock() + EXPIRING_MS
  const renew = async (refreshToken: string) => {
    const renewed = await provider.refresh(refreshToken)
    await store(deps, row, renewed, traceId)
    return call(renewed.accessToken)
  }
  if (isExpiring && tokens.refreshToken !== null) return renew(tokens.refreshToken)
  if (!isSealedNow(deps.secretBox, row)) await store(deps, row, tokens, traceId)
  try {
    return await call(tokens.accessToken)
  } catch (error) {
    if (!isUnauthorized(error) || tokens.refreshToken === null) throw error
    return renew(tokens.refreshToken)
  }
}

const isUnauthorized = (error: unknown): boolean =>
  error instanceof ProviderError && error.failure === 'unauthorized'

function read({ secretBox }: TokenDeps, row: Integration): ProviderTokens {
  try {
    return openTokens(secretBox, row)
  } catch {
    throw new ProviderError('unauthorized', 'tokens cannot be decrypted')
  }
}

/** @throws {LeaseLost} when the tokens came too late to be used; then they are queued to be revoked. */
async function store(
  { transact, secretBox, revocations }: TokenDeps,
  row: Integration,
  tokens: ProviderTokens,
  traceId: string,
): Promise<void> {
  const late = await transact<QueuedRevocation | undefined>(traceId, async (trx) => {
    if (await updateLeased(trx, row, sealTokens(secretBox, row, tokens))) return undefined
    return queueTokens(trx, { revocations }, row.provider, tokens)
  })
  if (late) throw new LeaseLost()
}
