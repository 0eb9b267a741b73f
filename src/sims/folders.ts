import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../../db/open.ts'
import { findSimRun, findSimRunBehind } from '../../db/sims.ts'

/** Runs whose output is kept. */
export const KEPT_RUNS = 100

/** Where the files of a run are. */
export const runFiles = (root: string, id: string) => {
  const folder = join(root, id)
  return {
    folder,
    config: join(folder, 'run.json'),
    stdout: join(folder, 'stdout.log'),
    stderr: join(folder, 'stderr.log'),
    /** The simulator's own folder, where it leaves `result.json`. */
    out: join(folder, 'out'),
    result: join(folder, 'out', 'result.json'),
  }
}
export type RunFiles = ReturnType<typeof runFiles>

export const makeRunFolder = (files: RunFiles) => mkdir(files.out, { recursive: true, mode: 0o700 })

/**
 * Removes the files of all runs but the newest. Their rows stay.
 *
 * @returns how many folders were removed.
 */
export async function pruneRunFolders(db: Database, root: string, keep: number): Promise<number> {
  const newestToGo = await findSimRunBehind(db, keep)
  if (newestToGo === undefined) return 0
  let removed = 0
  for (const id of await readdir(root)) {
    // Only folders of runs of this database that have ended: another database may lie beside it.
    const run = id <= newestToGo ? await findSimRun(db, id) : undefined
    if (!run || run.finished_at === null) continue
    await rm(runFiles(root, id).folder, { recursive: true, force: true })
    removed += 1
  }
  return removed
}
