import { type ListedUserRow, listIntegrationStatuses } from '../../db/admin-users.ts'
import type { Database } from '../../db/open.ts'
import { findUser, listConsents } from '../../db/users.ts'
import type { AdminUserBody, AdminUserDetail } from '../../schemas/admin.ts'
import { roleOf } from '../auth/role.ts'
import { type SessionStore, sessionBody } from '../auth/sessions.ts'
import { toIso } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Integrations } from '../integrations/service.ts'
import { type PageBody, pageOf } from '../page.ts'
import { listPastTips } from '../tips/past.ts'
import { findUsers } from './find-users.ts'

export interface AdminUsersDeps {
  db: Database
  sessions: SessionStore
  integrations: Integrations
  adminEmails: readonly string[]
}

const RECENT_TIPS = 20

/** A page of users, newest first, each with the state of what is connected. */
export async function listUsers(
  { db, adminEmails }: AdminUsersDeps,
  { q = '', cursor, limit }: { q?: string; cursor?: string; limit: number },
): Promise<PageBody<AdminUserBody>> {
  const rows = await findUsers(db, q.trim(), cursor, limit + 1)
  const ids = rows.map(({ id }) => id)
  const integrations = ids.length === 0 ? [] : await listIntegrationStatuses(db, ids)
  const statuses = Map.groupBy(integrations, (row) => row.user_id)
  const toItem = (row: ListedUserRow): AdminUserBody => ({
    id: row.id,
    email: row.email,
    name: row.name,
    role: roleOf(row, adminEmails),
    createdAt: toIso(row.created_at),
    lastActiveAt: toIso(row.last_active_at),
    integrations: (statuses.get(row.id) ?? []).map(({ provider, status }) => ({
      provider,
      status,
    })),
  })
  return pageOf(rows, limit, toItem, (row) => row.id)
}

/**
 * What is known of one user.
 *
 * @throws {Problem} not_found
 */
export async function describeUser(deps: AdminUsersDeps, id: string): Promise<AdminUserDetail> {
  const { db, sessions, integrations, adminEmails } = deps
  const row = await findUser(db, id)
  if (!row) throw new Problem('not_found')
  const consents = await listConsents(db, id)
  const tips = await listPastTips(db, id, { limit: RECENT_TIPS })
  const live = await sessions.list(db, id)
  return {
    id,
    email: row.email,
    name: row.name,
    picture: row.picture,
    role: roleOf(row, adminEmails),
    createdAt: toIso(row.created_at),
    lastActiveAt: toIso(row.last_active_at),
    consents: consents.map(({ at, ...consent }) => ({ ...consent, at: toIso(at) })),
    integrations: await integrations.list(id),
    recentTips: tips.items,
    sessions: live.map((session) => sessionBody(session, '')),
  }
}
