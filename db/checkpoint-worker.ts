import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'

/** Pages in the log that are worth a checkpoint: what is written again and again is then written back once. */
const MIN_PAGES = 8_000

interface Log {
  /** Pages in the log, and how many of them are written back. */
  log: number
  checkpointed: number
}

const database = new SQLite(workerData as string, { fileMustExist: true, timeout: 0 })
// As the main connection: the log is synced before it is written back, and the file before the log is used anew.
database.pragma('synchronous = NORMAL')

function look(): void {
  // Only asks.
  const [{ log, checkpointed }] = database.pragma('wal_checkpoint(NOOP)') as [Log]
  // Keeps nobody from reading or writing meanwhile.
  if (log - checkpointed >= MIN_PAGES) database.pragma('wal_checkpoint(PASSIVE)')
}

parentPort?.on('message', (message: 'look' | 'close') => {
  if (message === 'look') {
    look()
    return
  }
  database.close()
  parentPort?.close()
})
