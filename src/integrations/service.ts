import type { Trx } from '../../db/open.ts'
import type { IntegrationBody } from '../../schemas/integrations.ts'
import { Problem } from '../errors.ts'
import type { QueuedRevocation } from '../revocations/index.ts'
import { type Connection, connect, disconnect } from './connect.ts'
import type { IntegrationDeps } from './deps.ts'
import { describeIntegrations } from './list.ts'
import { ProviderError, type ProviderTokens } from './provider.ts'
import { queueRevocations, registerRevocations } from './revoke.ts'
import { createSyncer, type Syncer } from './syncer.ts'

/** What the server can do with people's task providers. */
export interface Integrations {
  /** The providers that this server knows. */
  names: readonly string[]
  /** Where a person lets us read their tasks. */
  authorizationUrl(provider: string, request: { state: string; redirectUri: string }): string
  /** One for each provider, connected or not. */
  list(userId: string): Promise<IntegrationBody[]>
  /**
   * Trades the code, stores the connection and starts its first sync.
   *
   * @throws {Problem} oauth_provider_failed
   */
  connect(connection: Connection, grant: { code: string; redirectUri: string }): Promise<void>
  sync: Syncer['start']
  startDueSyncs: Syncer['startDue']
  /** Ends a connection; its tokens are revoked behind. @returns whether there was one. */
  disconnect(connection: Connection): Promise<boolean>
  /** For the end of an account: notes, in the running transaction, that all of the user's tokens must be revoked. */
  queueRevocations(trx: Trx, userId: string): Promise<QueuedRevocation[]>
  close(): Promise<void>
}

export function createIntegrations(deps: IntegrationDeps): Integrations {
  const { db, log, providers, revocations } = deps
  const names = [...providers.keys()]
  const syncer = createSyncer(deps)
  registerRevocations(deps)

  function providerOf(name: string) {
    const provider = providers.get(name)
    if (!provider) throw new Problem('not_found')
    return provider
  }

  /** In nobody's way: what fails stays queued. */
  function revokeBehind(queued: readonly QueuedRevocation[], traceId: string): void {
    revocations
      .attempt(queued, { traceId })
      .catch((err) => log.error({ err, traceId }, 'revocations cannot be tried'))
  }

  async function trade(
    { provider, traceId }: Connection,
    grant: { code: string; redirectUri: string },
  ): Promise<ProviderTokens> {
    try {
      return await providerOf(provider).exchange(grant)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      log.warn({ provider, reason: error.message, traceId }, 'connecting failed')
      throw new Problem('oauth_provider_failed')
    }
  }

  return {
    names,
    authorizationUrl: (provider, request) => providerOf(provider).authorizationUrl(request),
    list: (userId) => describeIntegrations(db, names, userId),
    sync: syncer.start,
    startDueSyncs: syncer.startDue,
    queueRevocations: (trx, userId) => queueRevocations(trx, deps, userId),
    close: syncer.close,

    async connect(connection, grant) {
      const tokens = await trade(connection, grant)
      const { userId, provider, traceId } = connection
      revokeBehind(await connect(deps, connection, tokens), traceId)
      await syncer.start(userId, provider, traceId)
    },

    async disconnect(connection) {
      providerOf(connection.provider)
      const queued = await disconnect(deps, connection)
      if (queued) revokeBehind(queued, connection.traceId)
      return queued !== undefined
    },
  }
}
