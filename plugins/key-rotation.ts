import fp from 'fastify-plugin'
import type { SealedRow } from '../db/sealed.ts'
import { DAY, SECOND } from '../src/clock.ts'
import { boundToIntegration } from '../src/integrations/token-vault.ts'
import { boundToUser } from '../src/push/subscription.ts'
import { boundToRevocation } from '../src/revocations/index.ts'
import { resealAll, type SealedPlace } from '../src/secrets/reseal.ts'

/** Every column that is sealed. */
const places: readonly SealedPlace[] = [
  { table: 'integrations', column: 'access_token', boundTo: integrationOf },
  { table: 'integrations', column: 'refresh_token', boundTo: integrationOf },
  {
    table: 'push_subscriptions',
    column: 'subscription',
    boundTo: (row) => boundToUser(String(row.user_id)),
  },
  { table: 'revocations', column: 'secret', boundTo: (row) => boundToRevocation(row.id) },
]

function integrationOf(row: SealedRow): string {
  return boundToIntegration({ user_id: String(row.user_id), provider: String(row.provider) })
}

/**
 * Key rotation: what an older key of the list has sealed is sealed anew, soon after the start, which is when a new key
 * comes, and daily, for what another process with the older list has sealed since.
 */
export default fp(
  async (app) => {
    app.addJob({
      name: 'key rotation',
      everyMs: DAY,
      firstDelayMs: 5 * SECOND,
      async run({ traceId, signal }) {
        const { resealed, unreadable } = await resealAll(app, places, signal)
        if (resealed > 0) app.log.info({ resealed, traceId }, 'secrets sealed with the current key')
        if (unreadable > 0) {
          app.log.warn({ unreadable, traceId }, 'secrets whose key is not listed any more')
        }
      },
    })
  },
  { name: 'key-rotation', dependencies: ['database', 'secrets', 'schedule'] },
)
