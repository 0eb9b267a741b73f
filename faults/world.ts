import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiProcess, startApi } from '../sandbox/api.ts'
import { type Neighbour, startWorld, type World } from '../sandbox/world.ts'
import { type NatsServer, natsMissing, natsServer } from '../test/nats-server.ts'
import { type FaultyLine, openLine } from './faulty-line.ts'

/** The sandbox, a real NATS where there is one, and an API process that can be killed and started again. */
export interface FaultWorld {
  services: World
  nats: NatsServer | undefined
  /** The lines to the neighbours, when it was started with them. */
  lines: Map<Neighbour | 'nats', FaultyLine>
  url: string
  /** The API process of now. */
  api(): ApiProcess
  /** How the API ended when nobody had asked it to, with its last lines. */
  deaths: string[]
  kill(): Promise<void>
  /** Ends it as an operator would. @returns the exit code. */
  stop(): Promise<number | null>
  start(): Promise<void>
  close(): Promise<void>
}

export interface FaultWorldOptions {
  /** Puts a line that can be made to fail before each neighbour. */
  lines?: boolean
}

/** Limits are not what is tested here, and a warning is all that is read. */
const ENV = { RATE_LIMIT_AUTH: '1000000', RATE_LIMIT_USER: '1000000', LOG_LEVEL: 'warn' }
/**
 * Below the ports that systems give to outgoing connections: one of those could take the place of the API while it is
 * down, were it a caller's that knocks at the API's port in vain.
 */
const API_PORTS = { first: 10_000, count: 20_000 }
const LAST_LINES = 20

export async function startFaultWorld(
  env: Record<string, string> = {},
  options: FaultWorldOptions = {},
): Promise<FaultWorld> {
  const ends: (() => unknown)[] = []
  const end = async () => {
    for (const one of ends.toReversed()) await one()
  }
  const lines: FaultWorld['lines'] = new Map()
  async function between(service: Neighbour | 'nats', url: string): Promise<string> {
    if (!options.lines) return url
    const line = await openLine(url)
    ends.push(() => line.close())
    lines.set(service, line)
    return line.url
  }

  try {
    const nats = natsMissing ? undefined : await natsServer({ teardown: (fn) => ends.push(fn) })
    await nats?.start()
    const services = await startWorld({
      apiPort: API_PORTS.first + Math.floor(Math.random() * API_PORTS.count),
      between,
      env: { ...ENV, ...(nats && { NATS_URL: await between('nats', nats.url) }), ...env },
    })
    ends.push(() => services.close())
    const server = superviseApi(services)
    ends.push(() => server.kill())
    return { services, nats, lines, url: services.api.url, ...server, close: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** The process of the API: ended and started at will, and watched in between. */
function superviseApi({ api: first, env }: World) {
  const deaths: string[] = []
  let api = first
  let isOurDoing = false

  function watch({ child, lines }: ApiProcess): void {
    child.once('exit', (code, signal) => {
      if (isOurDoing) return
      const said = lines.slice(-LAST_LINES).join('\n')
      const death = `the API ended by itself (${signal ?? code}); its last lines:\n${said}`
      deaths.push(death)
      // A scenario may break off for it, before it comes to its report.
      console.error(death)
    })
  }

  function stop(signal?: NodeJS.Signals): Promise<number | null> {
    isOurDoing = true
    return api.stop(signal)
  }

  watch(api)
  return {
    deaths,
    api: () => api,
    kill: async () => void (await stop('SIGKILL')),
    stop: () => stop(),
    async start() {
      api = await startApi(env)
      isOurDoing = false
      watch(api)
    },
  }
}

/** Waits until something holds. @returns whether it did, in time. */
export async function eventually(seconds: number, check: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + seconds * 1_000
  while (performance.now() < deadline) {
    if (await check().catch(() => false)) return true
    await sleep(100)
  }
  return false
}

/** A metric's value, all its series together; undefined when it is not there. */
export async function metric(url: string, name: string, label = ''): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const values = text
    .split('\n')
    .filter((line) => new RegExp(`^${name}(\\{|\\s)`).test(line) && line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))))
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}

/** Waits until every consumer of the event log has everything. @returns whether it came so far in time. */
export const drained = (url: string, seconds: number): Promise<boolean> =>
  eventually(seconds, async () => (await metric(url, 'oo_outbox_backlog')) === 0)
