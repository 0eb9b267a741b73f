import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { type CappedFile, openCappedFile } from './capped-file.ts'
import type { RunFiles } from './folders.ts'
import { createLineReader } from './lines.ts'

/** How long a simulator has to end after SIGTERM, in milliseconds. */
export const KILL_AFTER_MS = 5_000

export interface ProcessEnd {
  /** Null when a signal ended it, or it never started. */
  code: number | null
  signal: NodeJS.Signals | null
  /** Why it could not be started, as an error code such as ENOENT. */
  notStarted?: string
}

export interface SimProcess {
  /** Resolves, and never rejects for what the program did, when it has ended and all its output is on disk. */
  ended: Promise<ProcessEnd>
  /** Asks the whole process group to end, and ends it when it has not done so in time. */
  terminate(killAfterMs?: number): void
}

export interface SimProcessOptions {
  /** Program and arguments: there is no shell that could read them otherwise. */
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  files: RunFiles
  onStdout(line: string): void
  onStderr(line: string): void
}

/**
 * Starts a simulator in a process group of its own. Its output goes to disk, up to a cap, and by lines to the caller.
 *
 * @throws when its output files cannot be opened.
 */
export async function startSimProcess(options: SimProcessOptions): Promise<SimProcess> {
  const { argv, env, files, onStdout, onStderr } = options
  const stdout = await openCappedFile(files.stdout)
  const stderr = await openCappedFile(files.stderr)
  const [program = '', ...args] = argv
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  // Whatever the simulator started and left behind ends with it; it also holds the pipes that are waited for.
  child.once('exit', () => signalGroup(child, 'SIGKILL'))

  let killTimer: NodeJS.Timeout | undefined
  const ended = Promise.allSettled([
    once(child, 'close'),
    keepOutput(child.stdout, stdout, createLineReader(onStdout)),
    keepOutput(child.stderr, stderr, createLineReader(onStderr)),
  ]).then(([closed]) => {
    clearTimeout(killTimer)
    return endOf(closed)
  })

  return {
    ended,
    terminate(killAfterMs = KILL_AFTER_MS) {
      if (child.exitCode !== null || child.signalCode !== null) return
      signalGroup(child, 'SIGTERM')
      killTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMs)
    },
  }
}

/** `close` comes with how it ended; an `error` instead of it means that it never began. */
function endOf(closed: PromiseSettledResult<unknown[]>): ProcessEnd {
  if (closed.status === 'fulfilled') {
    const [code, signal] = closed.value as [number | null, NodeJS.Signals | null]
    return { code, signal }
  }
  const { code = 'unknown error' } = closed.reason as NodeJS.ErrnoException
  return { code: null, signal: null, notStarted: code }
}

/** Reads to the end whatever becomes of the file, so that the simulator is never stuck on a full pipe. */
async function keepOutput(
  stream: Readable,
  file: CappedFile,
  readLines: (chunk: Buffer) => void,
): Promise<void> {
  let broken = false
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      readLines(chunk)
      if (broken) continue
      await file.write(chunk).catch(() => {
        broken = true
      })
    }
  } finally {
    await file.close()
  }
}

/** The group is named by its leader's pid. When there is nobody left to signal, all is well. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
