import { sql } from 'kysely'
import type { DbOrTrx } from './open.ts'
import type { Tables } from './tables.ts'

/** A column that holds sealed texts, in a table whose rows have an `id`. */
export interface SealedColumn {
  table: keyof Tables
  column: string
}

/** A row as it stands, by column. */
export type SealedRow = Record<string, string | null> & { id: string }

/** Rows in order of id, from behind `after` on. */
export async function listSealed(
  db: DbOrTrx,
  { table }: SealedColumn,
  { after, limit }: { after: string; limit: number },
): Promise<SealedRow[]> {
  const { rows } = await sql<SealedRow>`
    select * from ${sql.table(table)} where id > ${after} order by id limit ${limit}
  `.execute(db)
  return rows
}

/** Puts one sealed text in another's place, unless something else took that place meanwhile. */
export async function replaceSealed(
  db: DbOrTrx,
  { table, column }: SealedColumn,
  change: { id: string; from: string; to: string },
): Promise<void> {
  await sql`
    update ${sql.table(table)} set ${sql.ref(column)} = ${change.to}
    where id = ${change.id} and ${sql.ref(column)} = ${change.from}
  `.execute(db)
}
