import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { eventually } from './world.ts'

/** A way in which the database cannot be written, begun and ended at will. */
export interface DiskFault {
  name: string
  begin(): void | Promise<void>
  end(): void
}

const MEBIBYTE = 2 ** 20
const SIZE = 48 * MEBIBYTE
const LOG_IS_CUT_WITHIN_S = 10

/** A disk of a few megabytes with a real file system. */
export interface SmallDisk {
  folder: string
  close(): void
}

/** @returns undefined where nothing may be mounted. */
export function mountSmallDisk(): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'oo-disk-'))
  const image = `${folder}.img`
  const remove = () => {
    rmSync(folder, { recursive: true, force: true })
    rmSync(image, { force: true })
  }
  const made =
    succeeds('truncate', '--size', `${SIZE}`, image) &&
    succeeds('mkfs.ext4', '-q', '-m', '0', image) &&
    succeeds('mount', '-o', 'loop', image, folder)
  if (!made) {
    remove()
    return undefined
  }
  return {
    folder,
    close() {
      run('umount', folder)
      remove()
    },
  }
}

const succeeds = (command: string, ...args: string[]) => spawnSync(command, args).status === 0

/** No byte is left. @param path of the database, on a disk of its own. */
export function fullDisk(path: string): DiskFault {
  const ballast = join(path, '..', 'ballast')
  return {
    name: 'full disk',
    async begin() {
      await cutLog(path)
      fill(ballast)
    },
    end: () => rmSync(ballast),
  }
}

function fill(path: string): void {
  for (const size of [MEBIBYTE, 4_096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}

/**
 * The log is written from its beginning again and again; only one that has to grow needs room on the disk. It cannot be
 * cut while the server writes it back, and SQLite does not wait for that whatever the timeout.
 */
async function cutLog(path: string): Promise<void> {
  const db = new SQLite(path, { timeout: 1_000 })
  const cut = await eventually(
    LOG_IS_CUT_WITHIN_S,
    async () => db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0,
  )
  db.close()
  if (!cut) throw new Error('the log cannot be cut: somebody goes on reading it or writing it back')
}

/** The files are read-only, also to whoever has them open: no mere mode does that. */
export const readOnlyFiles = (path: string): DiskFault => ({
  name: 'read-only files',
  begin: () => run('chattr', '+i', path, `${path}-wal`),
  end: () => run('chattr', '-i', path, `${path}-wal`),
})

/** Files may have no size: works without any rights. @param pid of the process that it happens to. */
export const fileSizeLimit = (pid: () => number): DiskFault => ({
  name: 'file size limit',
  begin: () => limitFiles(pid(), '0'),
  end: () => limitFiles(pid(), 'unlimited'),
})

const limitFiles = (pid: number, bytes: string) =>
  run('prlimit', '--pid', `${pid}`, `--fsize=${bytes}:`)

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args)
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
}

/** Another process that keeps the database for itself. */
export function foreignLock(path: string): DiskFault {
  let holder: SQLite.Database
  return {
    name: 'locked database',
    begin() {
      holder = new SQLite(path, { timeout: 10_000 })
      holder.exec('begin exclusive')
    },
    end: () => void holder.close(),
  }
}
