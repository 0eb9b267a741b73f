/** Disk full, file locked or read-only, an I/O error: SQLite cannot do it just now, and nothing was changed. */
const STORAGE_ERROR = /^SQLITE_(BUSY|LOCKED|FULL|READONLY|IOERR|CANTOPEN)/

/** Whether the database failed for a reason that passes, as opposed to a mistake of ours. */
export const isStorageError = (error: unknown): boolean =>
  STORAGE_ERROR.test(String((error as { code?: unknown } | undefined)?.code))
