import { type FileHandle, open } from 'node:fs/promises'

/** What has been written is on the disk when its promise resolves. */
export interface Durability {
  /** @throws when the disk would not take it, with `code` SQLITE_IOERR_FSYNC as SQLite itself would say. */
  reached(): Promise<void>
  close(): Promise<void>
}

/** Nothing to keep: a database in memory. */
export const NOT_DURABLE: Durability = { reached: async () => {}, close: async () => {} }

/**
 * Waits for the disk without holding up the event loop. With `synchronous = FULL` SQLite does so inside of each commit,
 * some milliseconds in which nobody is served; with NORMAL it leaves it to us when the log (WAL) is synced, and a
 * checkpoint still syncs before it overwrites anything.
 *
 * Commits that come while a sync is under way wait together for the next one.
 *
 * @param sync brings all that was written so far to the disk.
 * @param repair is called after a sync failed, until it succeeds: the system tells of a lost page only once, so no later
 *   sync says that all is well.
 */
export function createDurability(
  sync: () => Promise<void>,
  repair: () => void,
): Pick<Durability, 'reached'> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  let isBroken = false

  async function start(): Promise<void> {
    try {
      if (isBroken) repair()
      isBroken = false
      await sync()
    } catch (cause) {
      isBroken = true
      const code = 'SQLITE_IOERR_FSYNC'
      throw Object.assign(new Error('the disk did not take what was written', { cause }), { code })
    } finally {
      running = undefined
    }
  }

  return {
    reached() {
      if (running === undefined) {
        running = start()
        return running
      }
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined
          running = start()
          return running
        })
      return next
    },
  }
}

/**
 * Durability of a database with a write-ahead log.
 *
 * @param path of the database. Its log is not opened before it is there, which it is when something has been written.
 * @param checkpoint writes the log into the database, and syncs that; throws when it cannot.
 */
export function walDurability(path: string, checkpoint: () => void): Durability {
  let wal: Promise<FileHandle> | undefined
  const durability = createDurability(async () => {
    wal ??= open(`${path}-wal`, 'r')
    await (await wal).datasync()
  }, checkpoint)
  return {
    ...durability,
    async close() {
      await durability.reached().catch(() => {})
      await (await wal)?.close()
    },
  }
}
