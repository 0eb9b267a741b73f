import type { Database } from '../../db/open.ts'
import { countDevices } from '../../db/push.ts'
import { findUser, listConsents } from '../../db/users.ts'
import type { ProfileBody } from '../../schemas/users.ts'
import type { SessionUser } from '../auth/sessions.ts'
import { toIso } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Integrations } from '../integrations/service.ts'

/** @throws {Problem} `unauthenticated` when the account was deleted meanwhile. */
export async function describeProfile(
  { db, integrations }: { db: Database; integrations: Integrations },
  user: SessionUser,
): Promise<ProfileBody> {
  const row = await findUser(db, user.id)
  if (!row) throw new Problem('unauthenticated')
  const consents = await listConsents(db, user.id)
  return {
    ...user,
    createdAt: toIso(row.created_at),
    integrations: await integrations.list(user.id),
    consents: consents.map(({ at, ...consent }) => ({ ...consent, at: toIso(at) })),
    push: { devices: await countDevices(db, user.id) },
  }
}
