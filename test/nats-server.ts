import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type NatsConnection } from 'nats'
import type { Test } from 'tap'

/** Why the NATS tests are skipped, or false where they can run: `t.test(name, { skip: natsMissing }, …)`. */
export const natsMissing: string | false =
  spawnSync('nats-server', ['--version']).status === 0
    ? false
    : 'nats-server is not installed on this machine'

export interface NatsServer {
  url: string
  start(): Promise<void>
  /** Ends it as an operator would; what JetStream holds stays. */
  stop(): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** A connection of the test's own. */
  connect(): Promise<NatsConnection>
}

/** A real nats-server with JetStream, on a port and a folder of its own; not started yet. */
export async function natsServer(t: Pick<Test, 'teardown'>): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-nats-'))
  const port = await freePort()
  const url = `nats://127.0.0.1:${port}`
  const connections: NatsConnection[] = []
  let child: ChildProcess | undefined

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  const server: NatsServer = {
    url,
    async start() {
      const args = ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)]
      child = spawn('nats-server', args, { stdio: 'ignore' })
      await reachable(url)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async connect() {
      const connection = await connect({ servers: url, maxReconnectAttempts: -1 })
      connections.push(connection)
      return connection
    },
  }
  t.teardown(async () => {
    for (const connection of connections) await connection.close()
    await end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  return server
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

async function reachable(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const connection = await connect({ servers: url, reconnect: false })
      return await connection.close()
    } catch (error) {
      if (tries >= 100) throw error
      await sleep(100)
    }
  }
}
