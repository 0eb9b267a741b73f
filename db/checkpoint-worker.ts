import { fdatasyncSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'

/** Pages that are worth a pass: so few that it is soon over, where the core is the one that serves, and the disk too. */
const PASS_PAGES = 1_000
/** Pages in the log after which it begins anew, for which nobody writes for a moment. */
const FULL_PAGES = 8_000

interface Log {
  /** Pages in the log, and how many of them are written back. */
  log: number
  checkpointed: number
}

/** How long it waits for those who write or read, in milliseconds; while it waits for readers nobody writes. */
const PATIENCE_MS = 20

const { path, file } = workerData as { path: string; file: number }
const database = new SQLite(path, { fileMustExist: true, timeout: PATIENCE_MS })
// As the main connection: the log is synced before it is written back, and the file before the log is used anew.
database.pragma('synchronous = NORMAL')

/** As often as it takes for one pass to end between two commits, unless the log has grown to so many pages meanwhile. */
const MAX_PASSES = 4
const LONG_LOG_PAGES = 12_000

/** Only asks. */
function lookAtLog(): Log {
  const [state] = database.pragma('wal_checkpoint(NOOP)') as [Log]
  return state
}

/** Keeps nobody from reading or writing meanwhile. */
function writeBack(): Log {
  database.pragma('wal_checkpoint(PASSIVE)')
  return lookAtLog()
}

function look(): void {
  const found = lookAtLog()
  if (found.log - found.checkpointed < PASS_PAGES) return
  let now = writeBack()
  if (now.log < FULL_PAGES) return
  // Of a busy database the first hardly ever writes back all there is by then.
  for (let pass = 1; pass < MAX_PASSES; pass += 1) {
    if (now.log === now.checkpointed || now.log > LONG_LOG_PAGES) break
    now = writeBack()
  }
  // Only a pass in which nobody wrote brings the file to the disk, which takes the longest, and the step below would do it
  // while everybody waits.
  fdatasyncSync(file)
  // Few pages or none were written meanwhile: for those nobody writes for a moment. Only a log that is written back as a
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
