import fp from 'fastify-plugin'
import { migrate } from '../db/migrate.ts'
import { type Database, openDatabase } from '../db/open.ts'
import type { Config } from '../src/config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Database
    /** Writes the log back into the file and empties it, so that what was deleted is gone from the disk. */
    checkpoint(): void
  }
}

/** Opens the SQLite file, brings its schema up to date, and closes it after everything that uses it. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, sqlite } = openDatabase(config.DATABASE_PATH)
    app.decorate('db', db)
    app.decorate('checkpoint', () => {
      sqlite.pragma('wal_checkpoint(TRUNCATE)')
    })
    app.addHook('onClose', () => db.destroy())
    const applied = await migrate(db)
    if (applied.length > 0) app.log.info({ applied }, 'database migrated')
  },
  { name: 'database' },
)
