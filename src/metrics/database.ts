import { stat } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'
import { countBacklog, countSimRuns } from '../../db/metrics.ts'
import type { DbOrTrx } from '../../db/open.ts'
import type { EventType } from '../../schemas/events.ts'

export interface WatchedDatabase {
  db: DbOrTrx
  /** Of the SQLite file. */
  path: string
  /** Who takes events from the log, and which; an empty list: all. */
  consumers: Record<string, readonly EventType[]>
}

/** Counting a backlog stops here: it is long, and counting on would keep requests waiting. */
const LONG_BACKLOG = 10_000

/** Gauges of what the database holds. @returns the function that brings them up to date. */
export function watchDatabase(
  registry: Registry,
  { db, path, consumers }: WatchedDatabase,
): () => Promise<void> {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const up = gauge('oo_sqlite_up', '1 when the database answers')
  const size = gauge('oo_sqlite_bytes', 'Size on disk: the database and its log', 'file')
  const backlog = gauge(
    'oo_outbox_backlog',
    `Events a consumer has yet to take; ${LONG_BACKLOG} means as many or more`,
    'consumer',
  )
  const runs = gauge('oo_sim_runs', 'Simulations: running, queued', 'status')

  async function readTables(): Promise<void> {
    for (const [consumer, types] of Object.entries(consumers)) {
      backlog.set({ consumer }, await countBacklog(db, consumer, types, LONG_BACKLOG))
    }
    for (const status of ['running', 'queued'] as const) {
      runs.set({ status }, await countSimRuns(db, status))
    }
  }

  return async () => {
    size.set({ file: 'database' }, await sizeOf(path))
    size.set({ file: 'wal' }, await sizeOf(`${path}-wal`))
    // Whoever watches wants to hear of everything else just when the database is down.
    const answers = await readTables().then(
      () => true,
      () => false,
    )
    up.set(answers ? 1 : 0)
    if (answers) return
    backlog.reset()
    runs.reset()
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )
