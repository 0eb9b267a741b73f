import type { Insertable } from 'kysely'
import { compiledOnce } from './compiled.ts'
import type { DbOrTrx } from './open.ts'
import type { Millis, TaskRow } from './tables.ts'

/** Of these task ids, those that the user has. */
export async function knownTaskIds(
  db: DbOrTrx,
  userId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('tasks')
    .select('id')
    .where('user_id', '=', userId)
    .where('id', 'in', ids)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Inserts tasks, or brings known ones in step. Each id may stand in `rows` once. */
export async function upsertTasks(db: DbOrTrx, rows: readonly Insertable<TaskRow>[]) {
  if (rows.length === 0) return
  await db
    .insertInto('tasks')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'id']).doUpdateSet(({ ref }) => ({
        status: ref('excluded.status'),
        content: ref('excluded.content'),
        description: ref('excluded.description'),
        project: ref('excluded.project'),
        labels: ref('excluded.labels'),
        priority: ref('excluded.priority'),
        due: ref('excluded.due'),
        due_time_zone: ref('excluded.due_time_zone'),
        is_recurring: ref('excluded.is_recurring'),
        url: ref('excluded.url'),
        added_at: ref('excluded.added_at'),
        updated_at: ref('excluded.updated_at'),
        completed_at: ref('excluded.completed_at'),
        synced_in: ref('excluded.synced_in'),
      })),
    )
    .execute()
}

export async function deleteTasks(
  db: DbOrTrx,
  userId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  await db.deleteFrom('tasks').where('user_id', '=', userId).where('id', 'in', ids).execute()
}

interface Unseen {
  userId: string
  provider: string
  /** Start of the sync that did not see them. */
  syncedIn: Millis
  limit: number
}

const deleteUnseen = compiledOnce((db, { userId, provider, syncedIn, limit }: Unseen) =>
  db
    .deleteFrom('tasks')
    .where('user_id', '=', userId)
    .where('id', 'in', (unseen) =>
      unseen
        .selectFrom('tasks')
        .select('id')
        .where('user_id', '=', userId)
        .where('provider', '=', provider)
        .where('status', '=', 'open')
        .where('synced_in', '!=', syncedIn)
        .limit(limit),
    )
    .returning('id'),
)

/** Open tasks that a sync did not see, at most `limit` of them. @returns how many went. */
export async function deleteUnseenOpenTasks(db: DbOrTrx, unseen: Unseen): Promise<number> {
  return (await deleteUnseen(db, unseen)).length
}

/** Tasks from one provider, at most `limit` of them. @returns how many went. */
export async function deleteTasksOf(
  db: DbOrTrx,
  { userId, provider, limit }: { userId: string; provider: string; limit: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('tasks')
    .where('user_id', '=', userId)
    .where('id', 'in', (some) =>
      some
        .selectFrom('tasks')
        .select('id')
        .where('user_id', '=', userId)
        .where('provider', '=', provider)
        .limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

const openTasks = compiledOnce((db, { userId, provider }: { userId: string; provider: string }) =>
  db
    .selectFrom('tasks')
    .select((row) => row.fn.countAll<number>().as('n'))
    .where('user_id', '=', userId)
    .where('provider', '=', provider)
    .where('status', '=', 'open'),
)

export async function countOpenTasks(
  db: DbOrTrx,
  userId: string,
  provider: string,
): Promise<number> {
  const [count] = await openTasks(db, { userId, provider })
  return count?.n ?? 0
}
