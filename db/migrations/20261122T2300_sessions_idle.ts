import type { Kysely } from 'kysely'

/** Sessions that nobody uses any more are found by index, however many live ones there are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('sessions_idle').on('sessions').column('last_seen_at').execute()
}
