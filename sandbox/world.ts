import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import webPush from 'web-push'
import { type ApiProcess, freePort, startApi } from './api.ts'
import { writeHistory } from './history/write.ts'
import { type Identity, startIdentity } from './identity/start.ts'
import { startMlServing } from './ml-serving/index.ts'
import { createMind } from './ml-serving/mind.ts'
import { startPushService } from './push/start.ts'
import { startSpa } from './spa/server.ts'
import { startTodoist } from './todoist/start.ts'

export interface WorldOptions {
  /** Wanted ports of the web app and the API; taken ones give others. 0: any. */
  webPort?: number
  apiPort?: number
  /** Seconds between changes that happen to the tasks by themselves; 0: none. */
  lifeSeconds?: number
  /** Days of a believable past in the database; 0 or left out: it begins empty. */
  historyDays?: number
  /** Added to, or in place of, the API's environment. */
  env?: Record<string, string>
  /** Puts something between the API and a service. @returns the address at which the API then finds the service. */
  between?: (service: Neighbour, url: string) => Promise<string>
}

/** What the API calls over HTTP. */
export type Neighbour = 'identity' | 'todoist' | 'ml' | 'push'

export interface World {
  api: ApiProcess
  webUrl: string
  identity: Identity
  todoist: Awaited<ReturnType<typeof startTodoist>>
  ml: Awaited<ReturnType<typeof startMlServing>>
  push: Awaited<ReturnType<typeof startPushService>>
  adminToken: string
  databasePath: string
  /** What the API was started with: starts it again after its end. */
  env: Record<string, string>
  /** Ends everything and removes the database. @returns the API's exit code. */
  close(): Promise<number | null>
}

const HISTORY_PEOPLE = 240

const secret = () => randomBytes(32).toString('hex')

/** Everything that oo-api talks to, on loopback, and oo-api itself as a process, on a database that lives as long. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-sandbox-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const closeAll = async () => {
    for (const close of closers.toReversed()) await close()
  }
  try {
    return await start(options, folder, closers, closeAll)
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function start(
  options: WorldOptions,
  folder: string,
  closers: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
): Promise<World> {
  const google = { clientId: 'oo-sandbox', clientSecret: secret() }
  const todoistClient = { clientId: 'oo-sandbox', clientSecret: secret() }
  const mlToken = secret()
  const adminToken = secret()
  const apiPort = await freePort(options.apiPort)
  const apiUrl = `http://localhost:${apiPort}`
  const { between = async (_service: Neighbour, url: string) => url } = options

  const identity = await startIdentity({
    port: 0,
    ...google,
    redirectUris: [`${apiUrl}/api/auth/callback`],
    reachedAt: (url) => between('identity', url),
  })
  closers.push(() => identity.close())
  const todoist = await startTodoist({
    port: 0,
    ...todoistClient,
    redirectUri: `${apiUrl}/api/integrations/todoist/callback`,
    tokenLifetimeSeconds: 3_600,
    ...(options.lifeSeconds && { life: options.lifeSeconds }),
  })
  closers.push(() => todoist.close())
  const mind = createMind()
  const ml = await startMlServing({ port: 0, token: mlToken, mind })
  closers.push(() => ml.close())
  const push = await startPushService({ port: 0, reachedAt: (url) => between('push', url) })
  closers.push(() => push.close())
  const spa = await startSpa({
    port: options.webPort ?? 0,
    apiBaseUrl: apiUrl,
    pushServiceUrl: push.url,
  })
  closers.push(() => spa.close())

  const vapid = webPush.generateVAPIDKeys()
  const databasePath = join(folder, 'oo.db')
  const env: Record<string, string> = {
    NODE_ENV: 'development',
    PORT: String(apiPort),
    DATABASE_PATH: databasePath,
    SESSION_SECRET: secret(),
    API_BASE_URL: apiUrl,
    WEB_BASE_URL: spa.url,
    GOOGLE_ISSUER: identity.issuer,
    GOOGLE_CLIENT_ID: google.clientId,
    GOOGLE_CLIENT_SECRET: google.clientSecret,
    TODOIST_AUTH_URL: todoist.url,
    TODOIST_API_URL: await between('todoist', todoist.url),
    TODOIST_CLIENT_ID: todoistClient.clientId,
    TODOIST_CLIENT_SECRET: todoistClient.clientSecret,
    TODOIST_SYNC_INTERVAL_MS: '60000',
    ML_SERVING_URL: await between('ml', ml.url),
    ML_SERVING_TOKEN: mlToken,
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
    VAPID_SUBJECT: 'mailto:sandbox@oo.invalid',
    PUSH_ALLOWED_ORIGINS: push.url,
    ADMIN_TOKEN: adminToken,
    ADMIN_EMAILS: 'olive@example.com',
    ...options.env,
  }
  if (options.historyDays) {
    await writeHistory(env.DATABASE_PATH ?? databasePath, {
      days: options.historyDays,
      seed: 1,
      people: HISTORY_PEOPLE,
      issuer: identity.issuer,
      now: Date.now(),
      mind,
      secret: env.SESSION_SECRET ?? '',
    })
  }
  const api = await startApi(env)
  let exitCode: number | null = null
  closers.push(async () => {
    exitCode = await api.stop()
  })

  return {
    api,
    webUrl: spa.url,
    identity,
    todoist,
    ml,
    push,
    adminToken,
    databasePath: env.DATABASE_PATH ?? databasePath,
    env,
    async close() {
      await closeAll()
      return exitCode
    },
  }
}
