import { readFileSync } from 'node:fs'
import { freePort } from '../sandbox/api.ts'
import { type Process, type ProcessOptions, startProcess, untilListening } from './process.ts'

/** A server in a process of its own. */
export interface Server {
  port: number
  process: Process
  /** Milliseconds from its start until it listened. */
  startMs: number
}

/** Starts a script that listens on `PORT`, and waits until it does. */
export async function startServer(
  script: URL,
  options: Omit<ProcessOptions, 'channel'>,
): Promise<Server> {
  const port = await freePort()
  const startedAt = performance.now()
  const process = startProcess(script.pathname, {
    ...options,
    env: { ...options.env, PORT: String(port) },
  })
  await untilListening(port, process)
  return { port, process, startMs: performance.now() - startedAt }
}

/** Clock ticks of /proc, a second. */
const TICKS = 100

/** Processor time that a process has had, in microseconds; 0 where the system does not tell. */
export function cpuTime({ process }: Server): number {
  try {
    const stat = readFileSync(`/proc/${process.child.pid}/stat`, 'utf8')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return ((Number(user) + Number(system)) / TICKS) * 1e6
  } catch {
    return 0
  }
}

/** Resident memory of a process, in bytes; 0 where the system does not tell. */
export function residentBytes({ process }: Server): number {
  try {
    const status = readFileSync(`/proc/${process.child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}
