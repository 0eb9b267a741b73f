import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, Events, type NatsConnection } from 'nats'
import { SECOND } from '../clock.ts'
import { backoff } from '../jobs/backoff.ts'
import type { Log } from '../log.ts'

const CONNECT_TIMEOUT_MS = 5 * SECOND
const RETRY_MS = 500
const MAX_RETRY_MS = 10 * SECOND
const DRAIN_MS = 2 * SECOND

/** A connection that is made in the background, kept for as long as the server runs, and never given up. */
export interface NatsLink {
  isConnected(): boolean
  /** The connection, as soon as there is one. @throws when the link is closed meanwhile. */
  whenConnected(): Promise<NatsConnection>
  /** @param listener called after each (re)connect: what the broker holds may have changed. */
  onConnect(listener: () => void): void
  close(): Promise<void>
}

/** @param urls one address, or several separated by commas. */
export function openNatsLink(urls: string, log: Log): NatsLink {
  const closing = new AbortController()
  const listeners = new Set<() => void>()
  let connection: NatsConnection | undefined
  let connected = false
  let waiting = Promise.withResolvers<NatsConnection>()
  waiting.promise.catch(() => {})

  function up(to: NatsConnection): void {
    connected = true
    log.info({}, 'NATS connected')
    for (const listener of listeners) listener()
    waiting.resolve(to)
  }

  function down(): void {
    if (!connected) return
    connected = false
    waiting = Promise.withResolvers()
    waiting.promise.catch(() => {})
    if (!closing.signal.aborted) log.warn({}, 'NATS disconnected')
  }

  /** Resolves when the connection is closed for good. */
  async function watch(current: NatsConnection): Promise<void> {
    const statuses = async () => {
      for await (const { type } of current.status()) {
        if (type === Events.Disconnect) down()
        if (type === Events.Reconnect) up(current)
      }
    }
    // Not awaited: the list of statuses does not end with the connection.
    void statuses()
    await current.closed()
    down()
  }

  /** The client reconnects by itself; a loop is needed for the first time, and where it gave up all the same. */
  async function keep(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      try {
        connection = await connect(optionsOf(urls))
        failures = 0
        if (closing.signal.aborted) return await connection.close()
        up(connection)
        await watch(connection)
      } catch (err) {
        // Once for each outage: the address stays out of the log, and the log stays readable.
        if (++failures === 1) log.warn({ code: (err as { code?: string }).code }, 'NATS is away')
        const wait = backoff(failures, RETRY_MS, MAX_RETRY_MS)
        await sleep(wait, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  const kept = keep()

  return {
    isConnected: () => connected,
    whenConnected: () => waiting.promise,
    onConnect: (listener) => void listeners.add(listener),
    async close() {
      closing.abort()
      waiting.reject(new Error('the server closes'))
      const limit = AbortSignal.timeout(DRAIN_MS)
      const late = new Promise((resolve) => limit.addEventListener('abort', resolve))
      if (connected) await Promise.race([connection?.drain().catch(() => {}), late])
      await connection?.close()
      await kept
    },
  }
}

/** The client takes a name and a password only apart from the address; so they are in none of its messages either. */
function optionsOf(urls: string): ConnectionOptions {
  const all = urls.split(',').map((one) => new URL(one))
  const { username = '', password = '' } = all.find((one) => one.username !== '') ?? {}
  return {
    servers: all.map((one) => one.host),
    name: 'oo-api',
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: 10 * SECOND,
    ...(all.some((one) => one.protocol === 'tls:') && { tls: {} }),
    ...(username && !password && { token: decodeURIComponent(username) }),
    ...(password && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
  }
}
