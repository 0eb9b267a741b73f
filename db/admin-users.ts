import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { DbOrTrx } from './open.ts'
import type { Tables } from './tables.ts'

const COLUMNS = [
  'id',
  'kind',
  'email',
  'email_verified',
  'name',
  'created_at',
  'last_active_at',
] as const

/** Sorts after every other character. */
const LAST_CHARACTER = '\u{10FFFF}'

type Users = ExpressionBuilder<Tables, 'users'>

/** Case counts for other letters than A to Z: that is what SQLite's `lower` knows. */
const startsWith =
  (column: 'email' | 'name', prefix: string) =>
  (users: Users): Expression<SqlBool> => {
    const value = users.fn<string>('lower', [column])
    return users.and([
      users(value, '>=', sql<string>`lower(${prefix})`),
      users(value, '<', sql<string>`lower(${prefix + LAST_CHARACTER})`),
    ])
  }

const matches =
  (q: string) =>
  (users: Users): Expression<SqlBool> =>
    users.or([users('id', '=', q), startsWith('email', q)(users), startsWith('name', q)(users)])

/** Users newest first. */
export function listUsersBefore(db: DbOrTrx, before: string | undefined, limit: number) {
  return db
    .selectFrom('users')
    .select(COLUMNS)
    .where('kind', '!=', 'leaving')
    .$if(before !== undefined, (query) => query.where('id', '<', before as string))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
export type ListedUserRow = Awaited<ReturnType<typeof listUsersBefore>>[number]

/** How many users' e-mail address or name starts so, counted up to `limit`, from the index alone. */
export async function countUsersByPrefix(
  db: DbOrTrx,
  column: 'email' | 'name',
  prefix: string,
  limit: number,
): Promise<number> {
  const { count } = await db
    .selectFrom((users) =>
      users.selectFrom('users').select('id').where(startsWith(column, prefix)).limit(limit).as('u'),
    )
    .select((users) => users.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Of users whose e-mail address or name starts so, a part in the order of the index: the ids of the newest in it. */
export async function findNewestByPrefix(
  db: DbOrTrx,
  column: 'email' | 'name',
  prefix: string,
  part: { offset: number; size: number },
  { before, limit }: { before: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom((users) =>
      users
        .selectFrom('users')
        .select('id')
        .where(startsWith(column, prefix))
        .orderBy((row) => row.fn('lower', [column]))
        .orderBy('id')
        .limit(part.size)
        .offset(part.offset)
        .as('part'),
    )
    .select('part.id')
    .$if(before !== undefined, (query) => query.where('part.id', '<', before as string))
    .orderBy('part.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

export function listUsersByIds(db: DbOrTrx, ids: readonly string[]) {
  return db
    .selectFrom('users')
    .select(COLUMNS)
    .where('id', 'in', ids)
    .where('kind', '!=', 'leaving')
    .orderBy('id', 'desc')
    .execute()
}

/** The id that `count` users lie before, going back in time; undefined when there are not so many. */
export async function findUserIdBehind(
  db: DbOrTrx,
  before: string | undefined,
  count: number,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .$if(before !== undefined, (query) => query.where('id', '<', before as string))
    .orderBy('id', 'desc')
    .offset(count)
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Fitting users in a stretch of the list (`before` not included, `after` included), newest first. */
export function listMatchingUsersBetween(
  db: DbOrTrx,
  q: string,
  stretch: { before: string | undefined; after: string | undefined },
  limit: number,
) {
  const { before, after } = stretch
  return db
    .selectFrom('users')
    .select(COLUMNS)
    .where(matches(q))
    .$if(before !== undefined, (query) => query.where('id', '<', before as string))
    .$if(after !== undefined, (query) => query.where('id', '>=', after as string))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export function listIntegrationStatuses(db: DbOrTrx, userIds: readonly string[]) {
  return db
    .selectFrom('integrations')
    .select(['user_id', 'provider', 'status'])
    .where('user_id', 'in', userIds)
    .execute()
}
