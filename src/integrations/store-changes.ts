import { setImmediate } from 'node:timers/promises'
import type { Insertable } from 'kysely'
import { type Integration, updateLeased } from '../../db/integrations.ts'
import type { Trx } from '../../db/open.ts'
import type { TaskRow } from '../../db/tables.ts'
import {
  countOpenTasks,
  deleteTasks,
  deleteUnseenOpenTasks,
  knownTaskIds,
  upsertTasks,
} from '../../db/tasks.ts'
import type { IntegrationDeps } from './deps.ts'
import { LeaseLost } from './lease.ts'
import { nextSyncAt } from './next-sync.ts'
import type { ProviderChanges, ProviderTask } from './provider.ts'

/** Rows in one transaction: few enough that requests get their turn between two. */
const SLICE = 200

export interface SyncRun {
  traceId: string
  signal: AbortSignal
}

type StoreDeps = Pick<IntegrationDeps, 'transact' | 'clock' | 'syncIntervalMs'>

/**
 * Writes what changed in slices, each a transaction that first makes sure of the lease. Only the last one moves the
 * cursor and tells of the sync: when it breaks off before, the next sync gets the same changes again.
 *
 * @param syncedIn start of this sync: marks the tasks that it saw.
 * @throws {LeaseLost}
 */
export async function storeChanges(
  deps: StoreDeps,
  row: Integration,
  changes: ProviderChanges,
  syncedIn: number,
  run: SyncRun,
): Promise<void> {
  const counts = { added: 0, updated: 0, removed: 0 }

  async function inSlice<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    run.signal.throwIfAborted()
    const result = await deps.transact(run.traceId, async (trx) => {
      await holdLease(trx, row)
      return work(trx)
    })
    await setImmediate()
    return result
  }

  for (const tasks of slices(changes.tasks)) {
    const slice = await inSlice((trx) => writeSlice(trx, row, tasks, syncedIn))
    counts.added += slice.added
    counts.updated += slice.updated
    counts.removed += slice.removed
  }
  if (changes.full) {
    const unseen = { userId: row.user_id, provider: row.provider, syncedIn, limit: SLICE }
    for (let removed = SLICE; removed === SLICE; counts.removed += removed) {
      removed = await inSlice((trx) => deleteUnseenOpenTasks(trx, unseen))
    }
  }
  await finish(deps, row, changes, counts, run)
}

async function holdLease(trx: Trx, row: Integration): Promise<void> {
  // Written, not read: in a database with several writers this also keeps the row as it is until the commit.
  const { sync_lease_until } = row
  if (!(await updateLeased(trx, row, { sync_lease_until }))) throw new LeaseLost()
}

function finish(
  { transact, clock, syncIntervalMs }: StoreDeps,
  row: Integration,
  { cursor, full, timeZone }: ProviderChanges,
  counts: { added: number; updated: number; removed: number },
  { traceId }: SyncRun,
): Promise<void> {
  const { user_id: userId, provider } = row
  return transact(traceId, async (trx, emit) => {
    const now = clock()
    const ours = await updateLeased(trx, row, {
      status: 'connected',
      sync_cursor: cursor,
      time_zone: timeZone ?? row.time_zone,
      last_synced_at: now,
      next_sync_at: nextSyncAt(now, syncIntervalMs),
      sync_lease_until: null,
      failures: 0,
      last_error: null,
    })
    if (!ours) throw new LeaseLost()
    // Most rounds find nothing new; the log tells of changes, not of every look.
    if (!full && counts.added + counts.updated + counts.removed === 0) return
    const open = await countOpenTasks(trx, userId, provider)
    await emit('signals.task.synced', userId, { provider, full, ...counts, open })
  })
}

async function writeSlice(
  trx: Trx,
  row: Integration,
  tasks: ReadonlyMap<string, ProviderTask>,
  syncedIn: number,
) {
  const idOf = (externalId: string) => `${row.provider}:${externalId}`
  const known = await knownTaskIds(trx, row.user_id, [...tasks.keys()].map(idOf))
  const gone: string[] = []
  const rows: Insertable<TaskRow>[] = []
  for (const [externalId, task] of tasks) {
    const id = idOf(externalId)
    if (task.state === 'deleted') gone.push(id)
    else rows.push(rowOf(row, id, task, syncedIn))
  }
  await upsertTasks(trx, rows)
  await deleteTasks(trx, row.user_id, gone)
  const updated = rows.filter(({ id }) => known.has(id)).length
  return {
    added: rows.length - updated,
    updated,
    removed: gone.filter((id) => known.has(id)).length,
  }
}

const rowOf = (
  { user_id, provider }: Integration,
  id: string,
  task: ProviderTask,
  syncedIn: number,
): Insertable<TaskRow> => ({
  id,
  user_id,
  provider,
  status: task.state === 'completed' ? 'completed' : 'open',
  content: task.content,
  description: task.description,
  project: task.project,
  labels: JSON.stringify(task.labels),
  priority: task.priority,
  due: task.due,
  due_time_zone: task.dueTimeZone,
  is_recurring: task.isRecurring ? 1 : 0,
  url: task.url,
  added_at: task.addedAt,
  updated_at: task.updatedAt,
  completed_at: task.state === 'completed' ? (task.completedAt ?? syncedIn) : null,
  synced_in: syncedIn,
})

/** Cuts into slices by id; of a task that is told twice in one, the later word counts. */
function* slices(tasks: Iterable<ProviderTask>): Generator<Map<string, ProviderTask>> {
  let slice = new Map<string, ProviderTask>()
  for (const task of tasks) {
    slice.set(task.externalId, task)
    if (slice.size === SLICE) {
      yield slice
      slice = new Map()
    }
  }
  if (slice.size > 0) yield slice
}
