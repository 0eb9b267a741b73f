import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'

/** Pages in the log that are worth a checkpoint: what is written again and again is then written back once. */
const MIN_PAGES = 8_000

interface Log {
  /** Pages in the log, and how many of them are written back. */
  log: number
  checkpointed: number
}

/** How long it waits for those who write or read, in milliseconds; while it waits for readers nobody writes. */
const PATIENCE_MS = 20

const database = new SQLite(workerData as string, { fileMustExist: true, timeout: PATIENCE_MS })
// As the main connection: the log is synced before it is written back, and the file before the log is used anew.
database.pragma('synchronous = NORMAL')

function look(): void {
  // Only asks.
  const [{ log, checkpointed }] = database.pragma('wal_checkpoint(NOOP)') as [Log]
  if (log - checkpointed < MIN_PAGES) return
  // Keeps nobody from reading or writing meanwhile. What is written back is brought to the disk by a pass that ends
  // before the next commit, as the first hardly ever does: without a second, that too would be left to the last step.
  database.pragma('wal_checkpoint(PASSIVE)')
  database.pragma('wal_checkpoint(PASSIVE)')
  // The few pages that were written meanwhile: for those nobody writes for a moment. Only a log that is written back as a
  // whole starts anew; one that grows would in the end be written back within a commit, which holds up everybody.
  database.pragma('wal_checkpoint(RESTART)')
}

parentPort?.on('message', (message: 'look' | 'close') => {
  if (message === 'look') {
    look()
    return
  }
  database.close()
  parentPort?.close()
})
