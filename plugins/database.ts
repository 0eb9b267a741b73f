import fp from 'fastify-plugin'
import { findLastEventId } from '../db/events.ts'
import { migrate } from '../db/migrate.ts'
import { type Database, openDatabase } from '../db/open.ts'
import type { Config } from '../src/config.ts'
import { continueIdsAfter } from '../src/ids.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Database
  }
}

/** Opens the SQLite file, brings its schema up to date, and closes it after everything that uses it. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db } = openDatabase(config.DATABASE_PATH)
    app.decorate('db', db)
    app.addHook('onClose', () => db.destroy())
    const applied = await migrate(db)
    if (applied.length > 0) app.log.info({ applied }, 'database migrated')
    const lastId = await findLastEventId(db)
    if (lastId !== undefined) continueIdsAfter(lastId)
  },
  { name: 'database' },
)
