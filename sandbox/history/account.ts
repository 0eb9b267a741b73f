import type { Selectable } from 'kysely'
import type { ConsentRow, IntegrationRow, SessionRow, TaskRow, UserRow } from '../../db/tables.ts'
import { DAY, HOUR, MINUTE } from '../../src/clock.ts'
import { pastId, pastTraceId } from './ids.ts'
import type { Journal } from './journal.ts'
import type { Life } from './life.ts'

/** An integration whose tokens are still to be sealed. */
export type PastIntegration = Omit<Selectable<IntegrationRow>, 'access_token' | 'refresh_token'>

/** What there is of one person at the end of the history. */
export interface AccountRows {
  user: UserRow
  consents: ConsentRow[]
  session: SessionRow | undefined
  integration: PastIntegration | undefined
  tasks: TaskRow[]
}

const PROVIDER = 'todoist'
/** Limits of a session: unused, and at all (src/config.ts). */
const IDLE_MS = 7 * DAY
const ABSOLUTE_MS = 30 * DAY
const LAST_ERROR = {
  connected: null,
  reauthorize: 'unauthorized',
  failing: 'provider_unavailable',
} as const
const BROWSERS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
]

/** The account as the server would hold it at `now`; who left Todoist leaves it here. */
export function accountOf(life: Life, journal: Journal, issuer: string, now: number): AccountRows {
  const { person, userId, connectedAt } = life
  const consents = [consent(life, 'terms', 'granted', life.joined)]
  if (connectedAt !== undefined) consents.push(consent(life, PROVIDER, 'granted', connectedAt))
  if (person.connection === 'left') {
    const at = Math.min(life.lastActive + MINUTE, now)
    consents.push(consent(life, PROVIDER, 'withdrawn', at))
    journal.note(person, userId, 'signals.integration.disconnected', at, { provider: PROVIDER })
  }
  const integration = integrationOf(life, now)
  return {
    user: userOf(life, issuer),
    consents,
    session: sessionOf(life, now),
    integration,
    tasks: integration ? life.tasks.rowsAt(integration.last_synced_at ?? now) : [],
  }
}

const consent = (
  { person, userId }: Life,
  kind: string,
  action: ConsentRow['action'],
  at: number,
): ConsentRow => ({ id: pastId(person.random, at), user_id: userId, kind, action, at })

const userOf = (
  { person: { subject, email, name }, userId, joined, lastActive }: Life,
  issuer: string,
): UserRow => ({
  id: userId,
  kind: 'person',
  issuer,
  subject,
  email,
  email_verified: 1,
  name,
  picture: null,
  created_at: joined,
  last_active_at: lastActive,
})

/** The one that the person was last seen with, while it lives. Nobody has its cookie. */
function sessionOf(
  { person: { random }, userId, session, lastActive }: Life,
  now: number,
): SessionRow | undefined {
  if (!session) return undefined
  const expires_at = session.startedAt + ABSOLUTE_MS
  if (now - lastActive >= IDLE_MS || expires_at <= now) return undefined
  return {
    id_hash: pastTraceId(random),
    public_id: session.id,
    user_id: userId,
    kind: 'oidc',
    user_agent: BROWSERS[random.below(BROWSERS.length)] ?? null,
    created_at: session.startedAt,
    last_seen_at: lastActive,
    expires_at,
  }
}

/** Its tokens are made up, so nothing is due to be synced for as long as a sandbox may run. */
function integrationOf(
  { person, userId, connectedAt }: Life,
  now: number,
): PastIntegration | undefined {
  const { connection, random, timeZone } = person
  if (connectedAt === undefined || connection === 'left' || connection === 'never') return undefined
  const broken = connection !== 'connected'
  return {
    id: pastId(random, connectedAt),
    user_id: userId,
    provider: PROVIDER,
    status: connection,
    token_expires_at: now + 30 * DAY,
    sync_cursor: pastTraceId(random),
    time_zone: timeZone,
    connected_at: connectedAt,
    last_synced_at: Math.max(connectedAt, now - random.below(broken ? 2 * DAY : HOUR / 4)),
    next_sync_at: connection === 'reauthorize' ? null : now + 7 * DAY + random.below(DAY),
    sync_lease_until: null,
    failures: connection === 'failing' ? 4 : 0,
    last_error: LAST_ERROR[connection],
  }
}
