import { readFileSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import type { Ledger } from '../ledger.ts'
import { countBy } from './http.ts'

export interface LoggedEvent {
  seq: number
  id: string
  type: string
  user_id: string | null
  trace_id: string
  payload: string
}

/** The database file, after the server has stopped. @returns what does not hold. */
export function examineDatabase(path: string, ledger: Ledger): string[] {
  const db = new SQLite(path, { readonly: true, fileMustExist: true })
  try {
    return [
      ...soundness(db),
      ...auditEntries(db, ledger),
      ...eventEntries(eventLog(db), ledger),
      ...simulations(db, eventLog(db), ledger),
      ...deletedUsers(db, path, ledger),
    ]
  } finally {
    db.close()
  }
}

/** The whole event log, in its order. */
export function readEventLog(path: string): LoggedEvent[] {
  const db = new SQLite(path, { readonly: true, fileMustExist: true })
  try {
    return eventLog(db)
  } finally {
    db.close()
  }
}

const eventLog = (db: SQLite.Database) =>
  db.prepare('select * from events order by seq').all() as LoggedEvent[]

/** What holds of any database of ours, whatever happened. */
export function soundness(db: SQLite.Database): string[] {
  const broken: string[] = []
  const integrity = db.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') broken.push(`integrity_check: ${integrity}`)
  const dangling = db.pragma('foreign_key_check') as { table: string }[]
  for (const { table } of dangling) broken.push(`a row of ${table} refers to nothing`)
  for (const table of tablesWithUsers(db)) {
    const { n } = db
      .prepare(
        `select count(*) n from "${table}" where user_id is not null
         and user_id not like 'deleted-%' and user_id not in (select id from users)`,
      )
      .get() as { n: number }
    if (n > 0) broken.push(`${n} rows of ${table} belong to nobody: a half-deleted user`)
  }
  const { n } = db.prepare("select count(*) n from sim_runs where status = 'running'").get() as {
    n: number
  }
  if (n > 0) broken.push(`${n} simulations are left running`)
  return broken
}

function tablesWithUsers(db: SQLite.Database): string[] {
  const names = db.prepare("select name from sqlite_master where type = 'table'").all() as {
    name: string
  }[]
  return names
    .map(({ name }) => name)
    .filter((name) =>
      (db.pragma(`table_info("${name}")`) as { name: string }[]).some((c) => c.name === 'user_id'),
    )
}

/** Each acknowledged admin call has exactly one entry; the entries are found by their trace ids. */
function auditEntries(db: SQLite.Database, ledger: Ledger): string[] {
  const rows = db.prepare('select trace_id from audit').all() as { trace_id: string }[]
  const entries = countBy(rows, (row) => row.trace_id)
  return ledger.admin.flatMap(({ traceId, path }) => {
    const times = entries.get(traceId) ?? 0
    return times === 1 ? [] : [`the admin call ${path} has ${times} audit entries`]
  })
}

function eventEntries(events: readonly LoggedEvent[], ledger: Ledger): string[] {
  const broken: string[] = []
  const ids = countBy(events, ({ id }) => id)
  for (const [id, times] of ids) if (times > 1) broken.push(`event ${id} is logged ${times} times`)
  const told = countBy(events, ({ trace_id, type }) => `${trace_id} ${type}`)
  for (const { traceId, type } of ledger.events) {
    const times = told.get(`${traceId} ${type}`) ?? 0
    if (times !== 1) broken.push(`an acknowledged ${type} has ${times} events`)
  }
  return broken
}

/** Each simulation that was taken in is there, and has told once of its end, if it has ended. */
function simulations(
  db: SQLite.Database,
  events: readonly LoggedEvent[],
  { runs }: Ledger,
): string[] {
  const status = db.prepare('select status from sim_runs where id = ?').pluck()
  const ended = countBy(
    events.filter(({ type }) => type === 'signals.sim.finished'),
    ({ payload }) => JSON.parse(payload).runId,
  )
  return runs.flatMap((id) => {
    const is = status.get(id) as string | undefined
    const expected = is === 'queued' ? 0 : 1
    const times = ended.get(id) ?? 0
    if (is !== undefined && times === expected) return []
    return [`simulation ${id} is ${is ?? 'gone'} and has told ${times} times of its end`]
  })
}

/** Nothing of an acknowledged deletion is left, in no page of the file. */
function deletedUsers(db: SQLite.Database, path: string, { deletedUsers: ids }: Ledger): string[] {
  const present = db.prepare('select count(*) n from users where id = ?')
  const file = readFileSync(path)
  return ids.flatMap((id) => {
    if ((present.get(id) as { n: number }).n > 0) return [`the deleted user ${id} is there`]
    return file.includes(id) ? [`the deleted user ${id} is left in a page of the file`] : []
  })
}
