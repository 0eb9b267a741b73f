import { type Integration, listIntegrations } from '../../db/integrations.ts'
import type { Trx } from '../../db/open.ts'
import type { QueuedRevocation } from '../revocations/index.ts'
import type { IntegrationDeps } from './deps.ts'
import type { ProviderTokens } from './provider.ts'
import { openTokens, readRevocationSecret, writeRevocationSecret } from './token-vault.ts'

/** Teaches the queue of revocations how tokens of each provider are ended. */
export function registerRevocations(
  deps: Pick<IntegrationDeps, 'providers' | 'revocations'>,
): void {
  for (const [name, provider] of deps.providers) {
    deps.revocations.register(name, (secret) => provider.revoke(readRevocationSecret(secret)))
  }
}

export const queueTokens = (
  trx: Trx,
  { revocations }: Pick<IntegrationDeps, 'revocations'>,
  provider: string,
  tokens: ProviderTokens,
): Promise<QueuedRevocation> => revocations.queue(trx, provider, writeRevocationSecret(tokens))

/**
 * Notes that the tokens of an integration must be ended at its provider.
 *
 * @param keep an access token that is in use further on: connecting again can give the same one.
 * @returns none when there is nothing to end, or the tokens cannot be decrypted any more.
 */
export async function queueRevocation(
  trx: Trx,
  deps: Pick<IntegrationDeps, 'secretBox' | 'revocations' | 'log'>,
  row: Integration,
  keep?: string,
): Promise<QueuedRevocation[]> {
  let tokens: ProviderTokens
  try {
    tokens = openTokens(deps.secretBox, row)
  } catch {
    const about = { integration: row.id, provider: row.provider }
    deps.log.error(about, 'tokens cannot be decrypted, so they cannot be revoked')
    return []
  }
  if (tokens.accessToken === keep) return []
  return [await queueTokens(trx, deps, row.provider, tokens)]
}

/** For the end of an account: notes, in the running transaction, that all of the user's tokens must be ended. */
export async function queueRevocations(
  trx: Trx,
  deps: Pick<IntegrationDeps, 'secretBox' | 'revocations' | 'log'>,
  userId: string,
): Promise<QueuedRevocation[]> {
  const queued: QueuedRevocation[] = []
  for (const row of await listIntegrations(trx, userId)) {
    queued.push(...(await queueRevocation(trx, deps, row)))
  }
  return queued
}
