import SQLite from 'better-sqlite3'
import { isStorageError } from './storage-error.ts'

/** The right to run the background jobs of a database: one process at a time has it. */
export interface JobLock {
  /** Takes it unless somebody has it. @returns whether it is ours now. */
  take(): boolean
  release(): void
}

/**
 * An exclusive SQLite lock on an empty file beside the database. The operating system ends it with the process, however
 * that ends: there is no lease to run out, and no clock that could jump.
 *
 * @param path of the database; one in memory belongs to its process anyway.
 */
export function openJobLock(path: string): JobLock {
  if (path === ':memory:') return { take: () => true, release() {} }
  let file: SQLite.Database | undefined
  return {
    take() {
      if (file?.inTransaction) return true
      try {
        file ??= new SQLite(`${path}-jobs`, { timeout: 0 })
        file.exec('begin exclusive')
        return true
      } catch (error) {
        if (isStorageError(error)) return false
        throw error
      }
    },
    release: () => void file?.close(),
  }
}
