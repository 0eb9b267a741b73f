import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiProcess, startApi } from '../sandbox/api.ts'
import { startWorld, type World } from '../sandbox/world.ts'
import { type NatsServer, natsMissing, natsServer } from '../test/nats-server.ts'

/** The sandbox, a real NATS where there is one, and an API process that can be killed and started again. */
export interface FaultWorld {
  services: World
  nats: NatsServer | undefined
  url: string
  /** The API process of now. */
  api(): ApiProcess
  kill(): Promise<void>
  /** Ends it as an operator would. @returns the exit code. */
  stop(): Promise<number | null>
  start(): Promise<void>
  close(): Promise<void>
}

/** Limits are not what is tested here, and a warning is all that is read. */
const ENV = { RATE_LIMIT_AUTH: '1000000', RATE_LIMIT_USER: '1000000', LOG_LEVEL: 'warn' }

export async function startFaultWorld(env: Record<string, string> = {}): Promise<FaultWorld> {
  const ends: (() => unknown)[] = []
  const end = async () => {
    for (const one of ends.toReversed()) await one()
  }
  try {
    const nats = natsMissing ? undefined : await natsServer({ teardown: (fn) => ends.push(fn) })
    await nats?.start()
    const services = await startWorld({
      env: { ...ENV, ...(nats && { NATS_URL: nats.url }), ...env },
    })
    ends.push(() => services.close())
    let api = services.api
    let isOurDoing = false
    const watch = ({ child, lines }: ApiProcess) =>
      child.once('exit', (code, signal) => {
        if (isOurDoing) return
        const said = lines.slice(-20).join('\n')
        console.error(`The API ended by itself (${signal ?? code}). Its last lines:\n${said}`)
      })
    const stop = (signal?: NodeJS.Signals) => {
      isOurDoing = true
      return api.stop(signal)
    }
    watch(api)
    ends.push(() => stop('SIGKILL'))
    return {
      services,
      nats,
      url: api.url,
      api: () => api,
      async kill() {
        await stop('SIGKILL')
      },
      stop: () => stop(),
      async start() {
        api = await startApi(services.env)
        isOurDoing = false
        watch(api)
      },
      close: end,
    }
  } catch (error) {
    await end()
    throw error
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
