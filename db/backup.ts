import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import SQLite from 'better-sqlite3'

/** All that is left, in one step: between two steps a writer would make the copy begin anew, for ever under load. */
const ALL_PAGES = 0x7fff_ffff

/**
 * Copies a database, beside a server that may be writing to it, as it is at one moment. The copy has its name only once
 * it is whole, checked, and on the disk.
 *
 * @throws when there is no such database, the target exists, or the copy is not sound.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  if (existsSync(to)) throw new Error(`${to} exists already`)
  const partial = `${to}.partial`
  rmSync(partial, { force: true })
  const source = new SQLite(from, { readonly: true, fileMustExist: true, timeout: 5_000 })
  try {
    await source.backup(partial, { progress: () => ALL_PAGES })
    makePlain(partial)
    renameSync(partial, to)
    sync(dirname(to))
  } finally {
    source.close()
    rmSync(partial, { force: true })
  }
}

/** One file without a log beside it, readable by its owner alone. @throws when it is not sound. */
function makePlain(path: string): void {
  chmodSync(path, 0o600)
  const copy = new SQLite(path, { fileMustExist: true })
  try {
    copy.pragma('journal_mode = delete')
    requireSound(copy)
  } finally {
    copy.close()
  }
  sync(path)
}

function requireSound(db: SQLite.Database): void {
  const integrity = db.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') throw new Error(`the copy is damaged: ${integrity}`)
  const dangling = db.pragma('foreign_key_check') as { table: string }[]
  if (dangling[0]) throw new Error(`the copy is damaged: a row of ${dangling[0].table} dangles`)
}

/** Makes sure that a file's content, or a folder's list of names, survives a power cut. */
function sync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Puts a backup in the place of the database. What was there is kept beside it. Sessions are not taken over: some of them
 * may have been ended since the backup was made.
 *
 * @param now milliseconds since the epoch: names what is kept.
 * @returns where the database that was there is kept; undefined when there was none.
 * @throws when the database is in use, or the backup is not sound: then nothing has changed.
 */
export async function restoreDatabase(
  backup: string,
  path: string,
  now: number,
): Promise<string | undefined> {
  const restored = `${path}.restored`
  rmSync(restored, { force: true })
  await copyDatabase(backup, restored)
  endSessions(restored)
  const kept = existsSync(path) ? `${path}.before-${now}` : undefined
  if (kept) {
    requireUnused(path)
    renameSync(path, kept)
  }
  renameSync(restored, path)
  sync(dirname(path))
  return kept
}

function endSessions(path: string): void {
  const db = new SQLite(path, { fileMustExist: true })
  try {
    db.pragma('secure_delete = ON')
    db.exec('delete from sessions')
  } finally {
    db.close()
  }
  sync(path)
}

/** Only who is alone with a database can take away its log. It is then all in the one file. @throws */
function requireUnused(path: string): void {
  const db = new SQLite(path, { fileMustExist: true, timeout: 0 })
  try {
    db.pragma('journal_mode = delete')
  } catch (cause) {
    throw new Error(`${path} is in use: stop the server first`, { cause })
  } finally {
    db.close()
  }
}
