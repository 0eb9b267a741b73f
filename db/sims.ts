import type { Insertable } from 'kysely'
import type { DbOrTrx, Trx } from './open.ts'
import type { Millis, SimRunRow } from './tables.ts'

export type SimStatus = SimRunRow['status']
/** A run as it is read. */
export type StoredSimRun = Omit<SimRunRow, 'progress_done' | 'progress_total'> & {
  progress_done: number
  progress_total: number
}

export function insertSimRun(db: DbOrTrx, row: Insertable<SimRunRow>) {
  return db.insertInto('sim_runs').values(row).returningAll().executeTakeFirstOrThrow()
}

export function findSimRun(db: DbOrTrx, id: string) {
  return db.selectFrom('sim_runs').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Newest first. */
export function listSimRuns(db: DbOrTrx, limit: number, beforeId?: string) {
  return db
    .selectFrom('sim_runs')
    .selectAll()
    .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId as string))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** The oldest queued run becomes a running one, unless `atMost` are running already. */
export async function claimSimRun(trx: Trx, atMost: number, now: Millis) {
  const { running } = await trx
    .selectFrom('sim_runs')
    .select((count) => count.fn.countAll<number>().as('running'))
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow()
  if (Number(running) >= atMost) return undefined
  return trx
    .updateTable('sim_runs')
    .set({ status: 'running', started_at: now })
    .where('id', '=', (oldest) =>
      oldest
        .selectFrom('sim_runs')
        .select('id')
        .where('status', '=', 'queued')
        .orderBy('id')
        .limit(1),
    )
    .where('status', '=', 'queued')
    .returningAll()
    .executeTakeFirst()
}

export function updateSimProgress(db: DbOrTrx, id: string, done: number, total: number) {
  return db
    .updateTable('sim_runs')
    .set({ progress_done: done, progress_total: total })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute()
}

export type SimEnding = Pick<SimRunRow, 'finished_at' | 'summary' | 'exit_code' | 'reason'> & {
  status: 'succeeded' | 'failed' | 'cancelled'
  progress_done?: number
  progress_total?: number
}

/** Ends a run that is in the given state; undefined when it is not. */
export function finishSimRun(db: DbOrTrx, id: string, from: SimStatus, ending: SimEnding) {
  return db
    .updateTable('sim_runs')
    .set(ending)
    .where('id', '=', id)
    .where('status', '=', from)
    .returningAll()
    .executeTakeFirst()
}

export function listSimRunIds(db: DbOrTrx, status: SimStatus) {
  return db.selectFrom('sim_runs').select('id').where('status', '=', status).execute()
}

/** The id of the run that `newer` runs are newer than. */
export async function findSimRunBehind(db: DbOrTrx, newer: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('sim_runs')
    .select('id')
    .orderBy('id', 'desc')
    .offset(newer)
    .limit(1)
    .executeTakeFirst()
  return row?.id
}
