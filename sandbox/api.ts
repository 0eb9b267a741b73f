import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../src/server.ts', import.meta.url))

export interface ApiProcess {
  url: string
  child: ChildProcess
  /** Everything it printed so far, line by line. */
  lines: string[]
  /** Ends it as an operator would. @returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** A port that is free now: the wanted one when it is, any other when not. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer()
  try {
    server.listen(wanted, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  } catch {
    return freePort(0)
  } finally {
    server.close()
  }
}

const START_MS = 30_000

/**
 * Starts the real server as a process of its own, with this environment and nothing else of ours.
 *
 * @throws when it ends before it listens, with what it printed.
 */
export async function startApi(env: Record<string, string>): Promise<ApiProcess> {
  const child = spawn(process.execPath, [SERVER], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  const exited = once(child, 'exit') as Promise<[number | null]>
  const url = `http://localhost:${env.PORT}`
  await untilHealthy(url, child, lines)
  return {
    url,
    child,
    lines,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return (await exited)[0]
    },
  }
}

async function untilHealthy(url: string, child: ChildProcess, lines: string[]): Promise<void> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    // Looked at last: whoever answers on a port that was taken is not ours.
    if (child.exitCode !== null) throw new Error(`the API did not start:\n${lines.join('\n')}`)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`the API did not answer within ${START_MS / 1_000} s:\n${lines.join('\n')}`)
}
