import type { Database } from '../../db/open.ts'
import { findUser } from '../../db/users.ts'
import type { UserAction } from '../../schemas/admin.ts'
import { Problem } from '../errors.ts'
import type { Transact } from '../events/transact.ts'
import type { Features } from '../features/profile.ts'
import type { Integrations } from '../integrations/service.ts'
import type { CallTrace, MlClient } from '../ml/client.ts'
import { rebuildProfile, resetBandit } from '../policies/user-state.ts'

export interface ActionDeps {
  db: Database
  transact: Transact
  integrations: Integrations
  ml: MlClient
  features: Features
}

type Perform = (
  deps: ActionDeps,
  userId: string,
  request: UserAction,
  trace: CallTrace,
) => Promise<object>

/** What an administrator can do about a user: one line each. */
const ACTIONS: Record<UserAction['action'], Perform> = {
  'revoke-integration': revokeIntegration,
  'reset-bandit': (deps, userId, { reason }, trace) =>
    resetBandit(deps, userId, reason ?? null, trace),
  'rebuild-profile': (deps, userId, _request, trace) => rebuildProfile(deps, userId, trace),
}

/**
 * Does it, and then notes it in the event log: an action that failed is no event, the audit log has it anyway.
 *
 * @returns what came of it, by action.
 * @throws {Problem} `not_found` (user or provider), `already_disconnected`, `ml_serving_unavailable`, `ml_serving_timeout`
 */
export async function actOnUser(
  deps: ActionDeps,
  userId: string,
  request: UserAction,
  trace: CallTrace,
): Promise<object> {
  if (!(await findUser(deps.db, userId))) throw new Problem('not_found')
  const result = await ACTIONS[request.action](deps, userId, request, trace)
  await deps.transact(trace.traceId, async (_trx, emit) => {
    await emit('signals.admin.action', userId, { action: request.action, target: userId })
  })
  return result
}

async function revokeIntegration(
  { integrations }: ActionDeps,
  userId: string,
  { provider }: UserAction,
  { traceId }: CallTrace,
): Promise<object> {
  if (provider === undefined) {
    throw new Problem('validation_failed', {
      errors: [{ path: 'body.provider', message: 'is missing' }],
    })
  }
  if (!(await integrations.disconnect({ userId, provider, traceId }))) {
    throw new Problem('already_disconnected')
  }
  return { provider, status: 'disconnected' }
}
