import type { Generated } from 'kysely'

/** Milliseconds since the epoch. */
export type Millis = number
/** JSON as text; the query function that owns the table parses it. */
export type JsonText = string
/** 0 or 1: SQLite has no boolean. */
export type Flag = number

export interface UserRow {
  id: string
  /** `leaving`: deleted, and about to be erased; see db/account.ts. */
  kind: 'person' | 'builtin' | 'leaving'
  issuer: string
  subject: string
  email: string | null
  email_verified: Flag
  name: string | null
  picture: string | null
  created_at: Millis
  last_active_at: Millis
}

export interface SessionRow {
  /** SHA-256 of the cookie's session id: the table holds nothing that works as a cookie. */
  id_hash: string
  public_id: string
  user_id: string
  kind: 'oidc' | 'token'
  user_agent: string | null
  created_at: Millis
  last_seen_at: Millis
  expires_at: Millis
}

export interface OAuthTransactionRow {
  state_hash: string
  provider: string
  browser_hash: string
  /** Who connects an integration; null for a sign-in. */
  user_id: string | null
  return_to: string
  expires_at: Millis
}

export interface ConsentRow {
  id: string
  user_id: string
  kind: string
  action: 'granted' | 'withdrawn'
  at: Millis
}

export interface IntegrationRow {
  id: string
  user_id: string
  provider: string
  status: 'connected' | 'reauthorize' | 'failing'
  /** Encrypted, bound to user and provider. */
  access_token: string
  refresh_token: string | null
  token_expires_at: Millis | null
  sync_cursor: string | null
  /** IANA name, as the provider tells it. */
  time_zone: string | null
  connected_at: Millis
  last_synced_at: Millis | null
  /** Null: not scheduled (the user must reconnect first). */
  next_sync_at: Millis | null
  sync_lease_until: Millis | null
  failures: Generated<number>
  last_error: string | null
}

export interface TaskRow {
  /** `provider:externalId`, the candidate id that ml/serving sees. */
  id: string
  user_id: string
  provider: string
  status: 'open' | 'completed'
  content: string
  description: string | null
  project: string | null
  labels: JsonText
  /** 1–4, 4 is the most urgent. */
  priority: number
  /** A day (2026-11-22), a floating local time, or a UTC time, as the provider gave it. */
  due: string | null
  due_time_zone: string | null
  is_recurring: Flag
  url: string
  added_at: Millis | null
  updated_at: Millis | null
  completed_at: Millis | null
  /** Start time of the sync that last saw the task. */
  synced_in: Millis
}

export interface RevocationRow {
  id: string
  /** What is still to be told to whom: a provider's name, or `ml`. */
  kind: string
  /** Encrypted, bound to the row's id. */
  secret: string
  attempts: Generated<number>
  created_at: Millis
  next_attempt_at: Millis
}

export interface TipScoreRow {
  id: string
  user_id: string
  created_at: Millis
  source: 'model' | 'rules' | 'cold_start'
  fallback_reason: string | null
  policy: string
  policy_version: string | null
  prompt_version: string | null
  text_model: string | null
  text: string
  task: JsonText | null
  chosen_id: string | null
  propensity: number | null
  candidates: JsonText
  context: JsonText
  features: JsonText
  seed: string
  latency_ms: number
  trace_id: string
}

export interface TipFeedbackRow {
  id: string
  tip_id: string
  user_id: string
  action: string
  reward: number
  reward_version: string
  created_at: Millis
}

export interface ShadowScoreRow {
  tip_id: string
  user_id: string
  name: string
  version: string | null
  status: string
  choice_id: string | null
  agreed: Flag
  scores: JsonText
}

export interface IdempotencyKeyRow {
  user_id: string
  key: string
  body_hash: string
  tip_id: string | null
  locked_until: Millis
  created_at: Millis
}

export interface ProfileFeatureRow {
  user_id: string
  name: string
  value: JsonText
  computed_at: Millis
}

export interface PolicyRow {
  name: string
  version: string | null
  active: Flag
  enabled: Flag
  /** ml/serving no longer knows it. */
  missing: Flag
  /** Decisions for which it said, as a shadow, what it would have chosen; and those in which it was the same. */
  decisions: Generated<number>
  agreements: Generated<number>
  updated_at: Millis
}

export interface PushSubscriptionRow {
  id: string
  user_id: string
  endpoint_hash: string
  /** The browser's PushSubscription, encrypted, bound to the user. */
  subscription: string
  created_at: Millis
  /** The push service asked to be left alone until then. */
  not_before: Generated<Millis>
  last_sent_at: Millis | null
  /** No tip of PUSH_CRON is due to this device up to then: it was claimed, or the device was not there yet. */
  tips_settled_until: Millis
}

export interface EventRow {
  seq: Generated<number>
  id: string
  type: string
  user_id: string | null
  occurred_at: Millis
  trace_id: string
  payload: JsonText
}

export interface OutboxCursorRow {
  name: string
  seq: number
}

/** Running totals of everything countable at the end of a quarter of an hour. */
export interface StatsQuarterRow {
  /** Quarters of an hour since the epoch; the row speaks of the moment at which this one begins. */
  quarter: number
  totals: JsonText
  /** Distinct active users of the windows that end here, by length in quarters. */
  active: JsonText
}

/** Tips served in a quarter that were acted on, whenever that was. */
export interface StatsActRow {
  quarter: number
  tips: number
}

/** When each user was last active; leaves with the user. */
export interface StatsUserRow {
  user_id: string
  quarter: number
}

/** How many users were last active in each quarter, people who have left since included. */
export interface StatsRecencyRow {
  quarter: number
  users: number
}

export interface SimRunRow {
  id: string
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  params: JsonText
  /** Null once the account is deleted. */
  requested_by: string | null
  created_at: Millis
  started_at: Millis | null
  finished_at: Millis | null
  progress_done: Generated<number>
  progress_total: Generated<number>
  summary: JsonText | null
  exit_code: number | null
  reason: string | null
}

export interface AuditRow {
  seq: Generated<number>
  id: string
  at: Millis
  actor: string | null
  action: string
  target: string | null
  outcome: string
  status: number
  detail: JsonText
  trace_id: string
  previous_hash: string
  hash: string
}

/** Who stands behind a pseudonym in the audit log. */
export interface AuditSubjectRow {
  pseudonym: string
  user_id: string
}

export interface Tables {
  users: UserRow
  sessions: SessionRow
  oauth_transactions: OAuthTransactionRow
  consents: ConsentRow
  integrations: IntegrationRow
  tasks: TaskRow
  revocations: RevocationRow
  tip_scores: TipScoreRow
  tip_feedback: TipFeedbackRow
  shadow_scores: ShadowScoreRow
  idempotency_keys: IdempotencyKeyRow
  profile_features: ProfileFeatureRow
  policies: PolicyRow
  push_subscriptions: PushSubscriptionRow
  events: EventRow
  outbox_cursors: OutboxCursorRow
  stats_quarters: StatsQuarterRow
  stats_acts: StatsActRow
  stats_users: StatsUserRow
  stats_recency: StatsRecencyRow
  sim_runs: SimRunRow
  audit: AuditRow
  audit_subjects: AuditSubjectRow
}
