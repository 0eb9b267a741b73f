import { writeFile } from 'node:fs/promises'
import type { SimEnding, StoredSimRun } from '../../db/sims.ts'
import type { SimParams } from '../../schemas/sims.ts'
import { makeRunFolder, type RunFiles } from './folders.ts'
import { readSimLine } from './lines.ts'
import { type ProcessEnd, type SimProcess, startSimProcess } from './process.ts'
import { createLastWords } from './reason.ts'
import { readSimResult } from './result.ts'

/** How a run ended, without the time. */
export type Ending = Omit<SimEnding, 'finished_at'>

/** Exit status of a simulator that was asked to stop. */
const CANCELLED = 130

export interface RunOptions {
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  files: RunFiles
  onProgress(done: number, total: number): void
  /** Given the process as soon as there is one. */
  onStart(process: SimProcess): void
  /** Why the run is being ended from outside, or undefined. */
  interruption(): 'cancelled' | 'server stopped' | undefined
}

/**
 * One run from its folder to its ending: `SIM_COMMAND --config run.json --out DIR`.
 *
 * @throws when the run's folder cannot be written.
 */
export async function runSimulation(row: StoredSimRun, options: RunOptions): Promise<Ending> {
  const { files } = options
  await makeRunFolder(files)
  const params: SimParams = JSON.parse(row.params)
  await writeFile(files.config, JSON.stringify({ run_id: row.id, ...params }))
  const words = createLastWords()
  let progress: Pick<Ending, 'progress_done' | 'progress_total'> = {}
  const child = await startSimProcess({
    ...options,
    argv: [...options.argv, '--config', files.config, '--out', files.out],
    onStdout(text) {
      const line = readSimLine(text)
      if (line?.t === 'log') words.hear(line.text)
      if (line?.t !== 'progress') return
      progress = { progress_done: line.done, progress_total: line.total }
      options.onProgress(line.done, line.total)
    },
    onStderr: words.hear,
  })
  options.onStart(child)
  const end = await child.ended
  return { ...progress, ...(await judge(end, files, options.interruption(), words.said())) }
}

/** What an exit status means (0 succeeded, 130 cancelled, anything else failed), in the light of who asked for the end. */
async function judge(
  end: ProcessEnd,
  files: RunFiles,
  interruption: 'cancelled' | 'server stopped' | undefined,
  lastWords: string,
): Promise<Ending> {
  const exit = { exit_code: end.code, summary: null }
  const failed = (reason: string): Ending => ({ ...exit, status: 'failed', reason })

  if (end.notStarted) return failed(`the simulator cannot be started: ${end.notStarted}`)
  const summary = end.code === 0 ? await readSimResult(files.result) : undefined
  if (summary) {
    return { ...exit, status: 'succeeded', summary: JSON.stringify(summary), reason: null }
  }
  if (interruption === 'server stopped') return failed(interruption)
  if (interruption === 'cancelled' || end.code === CANCELLED) {
    return { ...exit, status: 'cancelled', reason: 'cancelled' }
  }
  if (end.code === 0) return failed('the simulator left no result that can be read')
  return failed(lastWords || `the simulator ended with ${end.signal ?? `status ${end.code}`}`)
}
