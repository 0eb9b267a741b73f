import { migrate } from '../../db/migrate.ts'
import { type Database, type DbOrTrx, openDatabase } from '../../db/open.ts'
import { moveOutboxCursor } from '../../db/outbox.ts'
import { countShadow, insertPolicy } from '../../db/policies.ts'
import type { Tables } from '../../db/tables.ts'
import { createFeatures } from '../../src/features/profile.ts'
import { sealTokens } from '../../src/integrations/token-vault.ts'
import { createSecretBox, type SecretBox } from '../../src/secrets/box.ts'
import { foldAll } from '../../src/stats/fold.ts'
import type { PastIntegration } from './account.ts'
import { ACTIVE, SHADOWS } from './decide.ts'
import { type History, type HistoryOptions, makeHistory } from './month.ts'

const ROWS_A_STATEMENT = 200
const FOLD_MS = 60_000

export interface WriteOptions extends HistoryOptions {
  /** What the server will seal tokens with. */
  secret: string
}

/**
 * Writes a believable past into a database that is still empty, before the server opens it. ml/serving counts as having
 * been told of all of it: it is not told again.
 *
 * @returns how much there is of what.
 */
export async function writeHistory(path: string, { secret, ...options }: WriteOptions) {
  const history = makeHistory(options)
  const box = createSecretBox([secret])
  const { db } = openDatabase(path)
  try {
    await migrate(db)
    await db.transaction().execute(async (trx) => {
      await insertAll(trx, history, box)
      for (const name of [ACTIVE, ...SHADOWS]) {
        await insertPolicy(trx, {
          name,
          version: '1',
          active: Number(name === ACTIVE),
          enabled: 1,
          missing: 0,
          updated_at: options.now,
        })
      }
      for (const { shadows } of history.tips) await countShadow(trx, shadows)
      await moveOutboxCursor(trx, 'rewards', history.events.length)
    })
    await cacheFeatures(db, history)
    await foldAll(db, FOLD_MS)
  } finally {
    await db.destroy()
  }
  const { accounts, tips, events } = history
  return { users: accounts.length, tips: tips.length, events: events.length }
}

async function insertAll(
  db: DbOrTrx,
  { accounts, tips, events }: History,
  box: SecretBox,
): Promise<void> {
  const rows: Partial<Record<keyof Tables, readonly object[]>> = {
    users: accounts.map(({ user }) => user),
    sessions: accounts.flatMap(({ session }) => session ?? []),
    consents: accounts.flatMap(({ consents }) => consents),
    integrations: accounts.flatMap(({ integration }) =>
      integration ? withTokens(box, integration) : [],
    ),
    tasks: accounts.flatMap(({ tasks }) => tasks),
    tip_scores: tips.map(({ tip }) => tip),
    tip_feedback: tips.flatMap(({ answers }) => answers),
    shadow_scores: tips.flatMap(({ shadows }) => shadows),
    events,
  }
  for (const [table, some] of Object.entries(rows)) {
    await insertMany(db, table as keyof Tables, some)
  }
}

/** Tokens that no Todoist knows. */
const withTokens = (box: SecretBox, { token_expires_at, ...row }: PastIntegration) => ({
  ...row,
  ...sealTokens(box, row, {
    accessToken: `past-${row.id}`,
    refreshToken: `past-refresh-${row.id}`,
    expiresAt: token_expires_at,
  }),
})

/** What the server has computed of those who came, when they came last. */
async function cacheFeatures(db: Database, { accounts }: History): Promise<void> {
  for (const { user } of accounts) {
    await createFeatures({ db, clock: () => user.last_active_at }).forUser(user.id)
  }
}

async function insertMany(
  db: DbOrTrx,
  table: keyof Tables,
  rows: readonly object[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    // The rows are typed where they are made; the names of the tables do not reach through this far.
    const some = rows.slice(at, at + ROWS_A_STATEMENT) as never
    await db.insertInto(table).values(some).execute()
  }
}
