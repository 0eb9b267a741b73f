import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where a process runs: what is measured has a core to itself, where there are two. */
export type Core = 'measured' | 'load'

const CORES: Record<Core, string> = { measured: '0', load: '1' }

export const canPin: boolean =
  availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0

export interface Process {
  child: ChildProcess
  /** Ends it as an operator would. */
  stop(): Promise<void>
}

export interface ProcessOptions {
  core: Core
  env?: Record<string, string>
  /** A file for what it prints; without one that goes to our own standard error. */
  output?: string
  /** Whether messages are exchanged with it. */
  channel?: boolean
  nodeOptions?: string[]
}

export function startProcess(script: string, options: ProcessOptions): Process {
  const { core, env = {}, output, channel = false, nodeOptions = [] } = options
  const command = [process.execPath, ...nodeOptions, script]
  if (canPin) command.unshift('taskset', '--cpu-list', CORES[core])
  const out = output === undefined ? 'inherit' : openSync(output, 'a')
  const [file, ...args] = command as [string, ...string[]]
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', out, out, ...(channel ? (['ipc'] as const) : [])],
    serialization: 'advanced',
  })
  return {
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

const START_MS = 60_000

/** Waits until something listens there. @throws when the process ends first, or takes too long. */
export async function untilListening(port: number, { child }: Process): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(10)) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before listening`)
    if (await listens(port)) return
  }
  throw new Error(`nothing listens on port ${port}`)
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
