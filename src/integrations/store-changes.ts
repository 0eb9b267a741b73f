import { setImmediate } from 'node:timers/promises'
import type { Insertable } from 'kysely'
import { holdsLease, type Integration, updateLeased } from '../../db/integrations.ts'
import type { Trx } from '../../db/open.ts'
import type { TaskRow } from '../../db/tables.ts'
import {
  countOpenTasks,
  deleteTasks,
  deleteUnseenOpenTasks,
  knownTaskIds,
  upsertTasks,
} from '../../db/tasks.ts'
import type { Emit } from '../events/transact.ts'
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

/** Tasks by their id at the provider. */
type Slice = ReadonlyMap<string, ProviderTask>

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
  const counts: Counts = { added: 0, updated: 0, removed: 0 }
  /** The slice that comes next; the last one is written with the end. */
  let next: Slice | undefined

  /** @returns what `work` does. */
  async function inSlice<T>(work: (trx: Trx, emit: Emit) => Promise<T>): Promise<T> {
    run.signal.throwIfAborted()
    const result = await deps.transact(run.traceId, async (trx, emit) => {
      if (!(await holdsLease(trx, row))) throw new LeaseLost()
      return work(trx, emit)
    })
    await setImmediate()
    return result
  }

  const write = async (trx: Trx, tasks: Slice) =>
    count(counts, await writeSlice(trx, row, tasks, syncedIn))

  for (const tasks of slices(changes.tasks)) {
    const current = next
    next = tasks
    if (current) await inSlice((trx) => write(trx, current))
  }
  // What is left and the end are one transaction: most syncs are no more than that.
  const unseen = { userId: row.user_id, provider: row.provider, syncedIn, limit: SLICE }
  for (let isOver = false; !isOver; ) {
    isOver = await inSlice(async (trx, emit) => {
      if (next) await write(trx, next)
      next = undefined
      const removed = changes.full ? await deleteUnseenOpenTasks(trx, unseen) : 0
      counts.removed += removed
      if (removed === SLICE) return false
      await finish(deps, row, changes, counts, { trx, emit })
      return true
    })
  }
}

interface Counts {
  added: number
  updated: number
  removed: number
}

function count(counts: Counts, more: Counts): void {
  counts.added += more.added
  counts.updated += more.updated
  counts.removed += more.removed
}

/** Moves the cursor, gives the lease back, and tells of what has changed. */
async function finish(
  { clock, syncIntervalMs }: StoreDeps,
  row: Integration,
  { cursor, full, timeZone }: ProviderChanges,
  counts: Counts,
  { trx, emit }: { trx: Trx; emit: Emit },
): Promise<void> {
  const { user_id: userId, provider } = row
  const now = clock()
  await updateLeased(trx, row, {
    status: 'connected',
    sync_cursor: cursor,
    time_zone: timeZone ?? row.time_zone,
    last_synced_at: now,
    next_sync_at: nextSyncAt(now, syncIntervalMs),
    sync_lease_until: null,
    failures: 0,
    last_error: null,
  })
  // Most rounds find nothing new; the log tells of changes, not of every look.
  if (!full && counts.added + counts.updated + counts.removed === 0) return
  const open = await countOpenTasks(trx, userId, provider)
  await emit('signals.task.synced', userId, { provider, full, ...counts, open })
}

async function writeSlice(
  trx: Trx,
  row: Integration,
  tasks: Slice,
  syncedIn: number,
): Promise<Counts> {
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
function* slices(tasks: Iterable<ProviderTask>): Generator<Slice> {
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
