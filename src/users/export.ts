import {
  listConnectAttempts,
  listFeedbackOf,
  listIdempotencyKeys,
  listShadowScoresOf,
  listStoredFeatures,
  sliceEvents,
  sliceTasks,
  sliceTips,
} from '../../db/account.ts'
import type { Database } from '../../db/open.ts'
import { listDevices } from '../../db/push.ts'
import { findUser, listConsents } from '../../db/users.ts'
import type { AccountExport } from '../../schemas/users.ts'
import { listEntries } from '../audit/log.ts'
import { type Session, type SessionStore, sessionBody } from '../auth/sessions.ts'
import { type Clock, toIso, toIsoOrNull } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Integrations } from '../integrations/service.ts'
import { endpointHost } from '../push/subscription.ts'
import type { SecretBox } from '../secrets/box.ts'
import { exportedEvent, exportedTask, exportedTip } from './exported-rows.ts'
import { mapPages, type Pages, readPages, writeJson } from './json-stream.ts'

export interface ExportDeps {
  db: Database
  clock: Clock
  secretBox: SecretBox
  sessions: SessionStore
  integrations: Integrations
}

/** Few enough that a page is read, shaped and written within some milliseconds. */
const TASKS_PER_PAGE = 100
const EVENTS_PER_PAGE = 100
/** A tip carries up to 50 candidates with their features. */
const TIPS_PER_PAGE = 10
const MAX_ADMIN_ACTIONS = 1_000

/** The fields of an export; a long list comes as pages. */
type Fields = {
  [Name in keyof AccountExport]: AccountExport[Name] extends readonly (infer Item)[]
    ? Item[] | Pages<Item>
    : AccountExport[Name]
}

/**
 * Everything held about a user, as the text of one JSON document, in pieces.
 *
 * @throws {Problem} `unauthenticated` when the account was deleted meanwhile.
 */
export async function exportAccount(
  deps: ExportDeps,
  session: Session,
): Promise<AsyncGenerator<string>> {
  return writeJson(await collect(deps, session))
}

async function collect(deps: ExportDeps, { user, idHash }: Session): Promise<Fields> {
  const { db } = deps
  const row = await findUser(db, user.id)
  if (!row) throw new Problem('unauthenticated')
  const administration = await listEntries(db, { target: user.id }, MAX_ADMIN_ACTIONS)
  return {
    exportedAt: toIso(deps.clock()),
    profile: {
      ...user,
      createdAt: toIso(row.created_at),
      lastActiveAt: toIso(row.last_active_at),
      issuer: row.issuer,
      subject: row.subject,
      emailVerified: row.email_verified === 1,
    },
    consents: (await listConsents(db, user.id)).map((one) => ({ ...one, at: toIso(one.at) })),
    sessions: (await deps.sessions.list(db, user.id)).map((one) => sessionBody(one, idHash)),
    integrations: await deps.integrations.list(user.id),
    connectAttempts: (await listConnectAttempts(db, user.id)).map((one) => ({
      provider: one.provider,
      returnTo: one.return_to,
      expiresAt: toIso(one.expires_at),
    })),
    devices: (await listDevices(db, user.id)).map((one) => ({
      id: one.id,
      createdAt: toIso(one.created_at),
      host: endpointHost(deps.secretBox, one),
      lastSentAt: toIsoOrNull(one.last_sent_at),
    })),
    features: (await listStoredFeatures(db, user.id)).map((one) => ({
      name: one.name,
      value: JSON.parse(one.value),
      computedAt: toIso(one.computed_at),
    })),
    idempotencyKeys: (await listIdempotencyKeys(db, user.id)).map((one) => ({
      key: one.key,
      tipId: one.tip_id,
      createdAt: toIso(one.created_at),
    })),
    administration: administration.items.map(({ at, action, outcome }) => ({
      at,
      action,
      outcome,
    })),
    tasks: tasksOf(db, user.id),
    tips: tipsOf(db, user.id),
    events: eventsOf(db, user.id),
  }
}

const tasksOf = (db: Database, userId: string) =>
  mapPages(
    readPages(
      '',
      (after) => sliceTasks(db, userId, after, TASKS_PER_PAGE),
      (task) => task.id,
    ),
    (rows) => rows.map(exportedTask),
  )

const eventsOf = (db: Database, userId: string) =>
  mapPages(
    readPages(
      0,
      (after) => sliceEvents(db, userId, after, EVENTS_PER_PAGE),
      (event) => event.seq,
    ),
    (rows) => rows.map(exportedEvent),
  )

const tipsOf = (db: Database, userId: string) =>
  mapPages(
    readPages(
      '',
      (after) => sliceTips(db, userId, after, TIPS_PER_PAGE),
      (tip) => tip.id,
    ),
    async (rows) => {
      const ids = rows.map((tip) => tip.id)
      const feedback = Map.groupBy(await listFeedbackOf(db, ids), (one) => one.tip_id)
      const shadows = Map.groupBy(await listShadowScoresOf(db, ids), (one) => one.tip_id)
      return rows.map((tip) =>
        exportedTip(tip, feedback.get(tip.id) ?? [], shadows.get(tip.id) ?? []),
      )
    },
  )
