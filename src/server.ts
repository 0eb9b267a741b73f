import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { logOutput } from './log-output.ts'

/** How long `/ready` says 503 before the listener closes, so that a load balancer has seen it. */
const DRAIN_MS = 1_000
/** All in all a stop takes at most this long. */
const STOP_MS = 9_000

/** What was compiled at one start serves the next, where the folder can be written: it is ours, so nobody else has. */
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/oo-api', import.meta.url)))

/**
 * V8 comes to put what a hot place makes among the long-lived at once, when some of it has survived. Here nothing outlives
 * its answer: what is put there only keeps alive what it was made of, until the next big collection, which comes the
 * sooner. Ten times as often while tips are made, and each keeps people waiting for 50 ms.
 */
setFlagsFromString('--no-allocation-site-pretenuring')
/**
 * Buffers lie outside of V8's heap. By default it makes a big collection for each 64 MB of them, eight a second while
 * large answers are handed through; with this when they and the heap together have grown by as much as the heap alone may.
 */
setFlagsFromString('--external-memory-accounted-in-global-limit')

/** The process: configuration, app, listen, and a graceful end. */
async function main(): Promise<void> {
  const config = readConfig()
  const { createApp } = await import('./app.ts')
  const app = await createApp({ config, logStream: logOutput() })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal))
  await app.listen({ port: config.PORT, host: config.HOST })

  async function stop(signal: string): Promise<void> {
    app.log.info({ signal }, 'draining')
    app.lifecycle.draining = true
    setTimeout(() => {
      app.log.error('not everything ended in time')
      process.exit(1)
    }, STOP_MS).unref()
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS))
    // A connection whose last answer comes during the close would be kept alive for the next request: there is none.
    setInterval(() => app.server.closeIdleConnections(), 50).unref()
    await app.close()
    process.exit(0)
  }
}

function readConfig(): Config {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message)
    throw error
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

main().catch((error: unknown) => fail(`oo-api cannot start: ${(error as Error).message}`))
