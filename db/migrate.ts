import { type Migration, Migrator } from 'kysely/migration'
import * as foundation from './migrations/20261122T1900_foundation.ts'
import * as sessionsIdle from './migrations/20261122T2300_sessions_idle.ts'
import type { Database } from './open.ts'

/** Every migration, in order. A landed migration is frozen: a change to the schema is a new file and a new line here. */
export const migrations: Record<string, Migration> = {
  '20261122T1900_foundation': foundation,
  '20261122T2300_sessions_idle': sessionsIdle,
}

/**
 * Brings the database to the newest schema, forward only, one transaction a migration.
 *
 * @returns the names that were applied.
 * @throws when the database was written by newer code, or a migration failed (which then left no trace).
 */
export async function migrate(db: Database): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  await refuseNewerDatabase(db)
  const applied: string[] = []
  for (;;) {
    const { error, results } = await migrator.migrateUp()
    if (error) throw error
    if (!results?.length) return applied
    applied.push(...results.map((result) => result.migrationName))
  }
}

async function refuseNewerDatabase(db: Database): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !(name in migrations))
  if (unknown.length === 0) return
  throw new Error(
    `The database is newer than this code: it holds the migration ${unknown.join(', ')}, which this version does not know. ` +
      'Start a newer version of oo-api, or give another DATABASE_PATH.',
  )
}

/** The migrations that the database holds, oldest first; empty for a new file. */
export async function appliedMigrations(db: Database): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const ledger = db.withTables<{ kysely_migration: { name: string } }>()
  const rows = await ledger.selectFrom('kysely_migration').select('name').orderBy('name').execute()
  return rows.map((row) => row.name)
}
