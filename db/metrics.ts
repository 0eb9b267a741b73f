import type { DbOrTrx } from './open.ts'
import type { SimStatus } from './sims.ts'

/**
 * How many events a consumer of the log has yet to take.
 *
 * @param types what it takes; empty: every event.
 * @param atMost where counting stops: a backlog may be millions of rows.
 */
export async function countBacklog(
  db: DbOrTrx,
  consumer: string,
  types: readonly string[],
  atMost: number,
): Promise<number> {
  const { waiting } = await db
    .selectFrom((log) =>
      log
        .selectFrom('events')
        .select('seq')
        .where('seq', '>', (cursor) =>
          cursor.fn.coalesce(
            cursor.selectFrom('outbox_cursors').select('seq').where('name', '=', consumer),
            cursor.val(0),
          ),
        )
        .$if(types.length > 0, (query) => query.where('type', 'in', types))
        .limit(atMost)
        .as('behind'),
    )
    .select((count) => count.fn.countAll<number>().as('waiting'))
    .executeTakeFirstOrThrow()
  return Number(waiting)
}

export async function countSimRuns(db: DbOrTrx, status: SimStatus): Promise<number> {
  const { runs } = await db
    .selectFrom('sim_runs')
    .select((count) => count.fn.countAll<number>().as('runs'))
    .where('status', '=', status)
    .executeTakeFirstOrThrow()
  return Number(runs)
}
