import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'

/** A way in which the database cannot be written, begun and ended at will. */
export interface DiskFault {
  name: string
  begin(): void
  end(): void
}

export interface SmallDisk {
  folder: string
  fault: DiskFault
  close(): void
}

const MEBIBYTE = 2 ** 20

/** A disk of a few megabytes that can be filled; undefined where nothing may be mounted. */
export function mountSmallDisk(): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'oo-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder])
  if (mounted.status !== 0) {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fault: { name: 'full disk', begin: () => fill(ballast), end: () => rmSync(ballast) },
    close() {
      spawnSync('umount', [folder])
      rmSync(folder, { recursive: true, force: true })
    },
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

/** Files may not grow over a size: works without any rights. @param pid of the process that it happens to. */
export const fileSizeLimit = (pid: () => number, path: string): DiskFault => ({
  name: 'a file that may not grow',
  begin: () => limitFiles(pid(), String(statSync(`${path}-wal`).size)),
  end: () => limitFiles(pid(), 'unlimited'),
})

function limitFiles(pid: number, bytes: string): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:`])
  if (status !== 0) throw new Error(`prlimit: ${stderr}`)
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
