import { type Kysely, sql } from 'kysely'

/**
 * Everything the first release stores. Times are milliseconds since the epoch, JSON is text, flags are 0 or 1:
 * the types that SQLite and PostgreSQL both keep without loss.
 *
 * One long file on purpose: a snapshot that is frozen, a function for each family of tables. What comes after is small.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await accounts(db)
  await integrations(db)
  await tips(db)
  await push(db)
  await eventLog(db)
  await operations(db)
}

async function accounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('issuer', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('email', 'text')
    .addColumn('email_verified', 'integer', (c) => c.notNull())
    .addColumn('name', 'text')
    .addColumn('picture', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_active_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('users_issuer_subject', ['issuer', 'subject'])
    .execute()
  await db.schema
    .createIndex('users_email_prefix')
    .on('users')
    .expression(sql`lower(email)`)
    .column('id')
    .execute()
  await db.schema
    .createIndex('users_name_prefix')
    .on('users')
    .expression(sql`lower(name)`)
    .column('id')
    .execute()

  await db.schema
    .createTable('sessions')
    .addColumn('id_hash', 'text', (c) => c.primaryKey())
    .addColumn('public_id', 'text', (c) => c.notNull().unique())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('user_agent', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_seen_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('sessions_user')
    .on('sessions')
    .columns(['user_id', 'public_id'])
    .execute()
  await db.schema.createIndex('sessions_expiry').on('sessions').column('expires_at').execute()

  await db.schema
    .createTable('oauth_transactions')
    .addColumn('state_hash', 'text', (c) => c.primaryKey())
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('browser_hash', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.references('users.id').onDelete('cascade'))
    .addColumn('return_to', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('oauth_transactions_expiry')
    .on('oauth_transactions')
    .column('expires_at')
    .execute()
  await db.schema
    .createIndex('oauth_transactions_user')
    .on('oauth_transactions')
    .column('user_id')
    .execute()

  await db.schema
    .createTable('consents')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('consents_user').on('consents').columns(['user_id', 'id']).execute()
}

async function integrations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('integrations')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('access_token', 'text', (c) => c.notNull())
    .addColumn('refresh_token', 'text')
    .addColumn('token_expires_at', 'bigint')
    .addColumn('sync_cursor', 'text')
    .addColumn('time_zone', 'text')
    .addColumn('connected_at', 'bigint', (c) => c.notNull())
    .addColumn('last_synced_at', 'bigint')
    .addColumn('next_sync_at', 'bigint')
    .addColumn('sync_lease_until', 'bigint')
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('last_error', 'text')
    .addUniqueConstraint('integrations_user_provider', ['user_id', 'provider'])
    .execute()
  await db.schema
    .createIndex('integrations_due')
    .on('integrations')
    .column('next_sync_at')
    .execute()

  await db.schema
    .createTable('tasks')
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('content', 'text', (c) => c.notNull())
    .addColumn('description', 'text')
    .addColumn('project', 'text')
    .addColumn('labels', 'text', (c) => c.notNull())
    .addColumn('priority', 'integer', (c) => c.notNull())
    .addColumn('due', 'text')
    .addColumn('due_time_zone', 'text')
    .addColumn('is_recurring', 'integer', (c) => c.notNull())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('added_at', 'bigint')
    .addColumn('updated_at', 'bigint')
    .addColumn('completed_at', 'bigint')
    .addColumn('synced_in', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('tasks_pk', ['user_id', 'id'])
    .execute()
  await db.schema
    .createIndex('tasks_open')
    .on('tasks')
    .columns(['user_id', 'provider', 'status'])
    .execute()
  // A tip's candidates, out of thousands of tasks: those due soon, and the most urgent.
  await db.schema
    .createIndex('tasks_due')
    .on('tasks')
    .columns(['user_id', 'status', 'due', 'added_at'])
    .execute()
  await db.schema
    .createIndex('tasks_urgent')
    .on('tasks')
    .columns(['user_id', 'status', 'priority desc', 'added_at'])
    .execute()

  await db.schema
    .createTable('revocations')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('secret', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('next_attempt_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('revocations_due')
    .on('revocations')
    .column('next_attempt_at')
    .execute()
}

async function tips(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tip_scores')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('fallback_reason', 'text')
    .addColumn('policy', 'text', (c) => c.notNull())
    .addColumn('policy_version', 'text')
    .addColumn('prompt_version', 'text')
    .addColumn('text_model', 'text')
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('task', 'text')
    .addColumn('chosen_id', 'text')
    .addColumn('propensity', 'real')
    .addColumn('candidates', 'text', (c) => c.notNull())
    .addColumn('context', 'text', (c) => c.notNull())
    .addColumn('features', 'text', (c) => c.notNull())
    .addColumn('seed', 'text', (c) => c.notNull())
    .addColumn('latency_ms', 'integer', (c) => c.notNull())
    .addColumn('trace_id', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('tip_scores_user')
    .on('tip_scores')
    .columns(['user_id', 'id'])
    .execute()
  await db.schema.createIndex('tip_scores_created').on('tip_scores').column('created_at').execute()
  await db.schema
    .createIndex('tip_scores_shown')
    .on('tip_scores')
    .columns(['user_id', 'created_at', 'chosen_id', 'id'])
    .execute()

  await db.schema
    .createTable('tip_feedback')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('tip_id', 'text', (c) => c.notNull().references('tip_scores.id').onDelete('cascade'))
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('reward', 'real', (c) => c.notNull())
    .addColumn('reward_version', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('tip_feedback_once', ['tip_id', 'action'])
    .execute()
  await db.schema
    .createIndex('tip_feedback_user')
    .on('tip_feedback')
    .columns(['user_id', 'created_at', 'action'])
    .execute()
  await db.schema
    .createIndex('tip_feedback_created')
    .on('tip_feedback')
    .column('created_at')
    .execute()

  await db.schema
    .createTable('shadow_scores')
    .addColumn('tip_id', 'text', (c) => c.notNull().references('tip_scores.id').onDelete('cascade'))
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('version', 'text')
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('choice_id', 'text')
    .addColumn('agreed', 'integer', (c) => c.notNull())
    .addColumn('scores', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('shadow_scores_pk', ['tip_id', 'name'])
    .execute()
  await db.schema.createIndex('shadow_scores_user').on('shadow_scores').column('user_id').execute()

  await db.schema
    .createTable('idempotency_keys')
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('body_hash', 'text', (c) => c.notNull())
    .addColumn('tip_id', 'text', (c) => c.references('tip_scores.id').onDelete('cascade'))
    .addColumn('locked_until', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_pk', ['user_id', 'key'])
    .execute()
  await db.schema
    .createIndex('idempotency_keys_created')
    .on('idempotency_keys')
    .column('created_at')
    .execute()
  await db.schema
    .createIndex('idempotency_keys_tip')
    .on('idempotency_keys')
    .column('tip_id')
    .execute()

  await db.schema
    .createTable('profile_features')
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('computed_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('profile_features_pk', ['user_id', 'name'])
    .execute()

  await db.schema
    .createTable('policies')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('version', 'text')
    .addColumn('active', 'integer', (c) => c.notNull())
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('missing', 'integer', (c) => c.notNull())
    .addColumn('decisions', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('agreements', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute()
}

async function push(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('push_subscriptions')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    // A browser has one endpoint, and it belongs to whoever subscribed last.
    .addColumn('endpoint_hash', 'text', (c) => c.notNull().unique())
    .addColumn('subscription', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('not_before', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('last_sent_at', 'bigint')
    .addColumn('tips_settled_until', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('push_subscriptions_tips')
    .on('push_subscriptions')
    .columns(['tips_settled_until', 'user_id'])
    .execute()
  await db.schema
    .createIndex('push_subscriptions_user')
    .on('push_subscriptions')
    .columns(['user_id', 'id'])
    .execute()
}

async function eventLog(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('events')
    // AUTOINCREMENT: a position is never used twice, so a cursor cannot skip a row that came after a deletion.
    .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text')
    .addColumn('occurred_at', 'bigint', (c) => c.notNull())
    .addColumn('trace_id', 'text', (c) => c.notNull())
    .addColumn('payload', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('events_type').on('events').columns(['type', 'seq']).execute()
  await db.schema.createIndex('events_user').on('events').columns(['user_id', 'seq']).execute()
  await db.schema.createIndex('events_occurred').on('events').column('occurred_at').execute()

  await db.schema
    .createTable('outbox_cursors')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .execute()

  await db.schema
    .createTable('stats_quarters')
    .addColumn('quarter', 'integer', (c) => c.primaryKey())
    .addColumn('totals', 'text', (c) => c.notNull())
    .addColumn('active', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('stats_acts')
    .addColumn('quarter', 'integer', (c) => c.primaryKey())
    .addColumn('tips', 'integer', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('stats_users')
    .addColumn('user_id', 'text', (c) => c.primaryKey())
    .addColumn('quarter', 'integer', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('stats_recency')
    .addColumn('quarter', 'integer', (c) => c.primaryKey())
    .addColumn('users', 'integer', (c) => c.notNull())
    .execute()
}

async function operations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sim_runs')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('params', 'text', (c) => c.notNull())
    .addColumn('requested_by', 'text', (c) => c.references('users.id').onDelete('set null'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('progress_done', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('progress_total', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('summary', 'text')
    .addColumn('exit_code', 'integer')
    .addColumn('reason', 'text')
    .execute()
  await db.schema.createIndex('sim_runs_status').on('sim_runs').columns(['status', 'id']).execute()
  await db.schema.createIndex('sim_runs_requester').on('sim_runs').column('requested_by').execute()

  await db.schema
    .createTable('audit')
    .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('actor', 'text')
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('target', 'text')
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('status', 'integer', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('trace_id', 'text', (c) => c.notNull())
    .addColumn('previous_hash', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('audit_actor').on('audit').columns(['actor', 'seq']).execute()
  await db.schema.createIndex('audit_action').on('audit').columns(['action', 'seq']).execute()
  await db.schema.createIndex('audit_target').on('audit').columns(['target', 'seq']).execute()

  // The audit chain names people by pseudonym alone; this is the key to it, and goes with the account.
  await db.schema
    .createTable('audit_subjects')
    .addColumn('pseudonym', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) =>
      c.notNull().unique().references('users.id').onDelete('cascade'),
    )
    .execute()
}
