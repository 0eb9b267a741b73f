import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { startTodoist, type Todoist, type TodoistOptions } from '../../../sandbox/todoist/start.ts'
import { approveTodoist } from '../../../sandbox/todoist/walk.ts'
import type { IntegrationBody } from '../../../schemas/integrations.ts'
import type { Clock } from '../../../src/clock.ts'
import {
  API,
  build,
  cookiesOf,
  type Env,
  type Person,
  signInPerson,
  type TestApp,
} from '../../helper.ts'

export interface TodoistWorld extends TestApp {
  todoist: Todoist
}

export interface WorldOptions {
  env?: Env
  clock?: Clock
  todoist?: Partial<TodoistOptions>
}

/** The app beside a Todoist that nobody has connected yet. Background syncs start only when the test says so. */
export async function buildWithTodoist(t: Test, options: WorldOptions = {}): Promise<TodoistWorld> {
  const todoist = await startTodoist({
    port: 0,
    clientId: 'todoist-test',
    clientSecret: 'todoist-client-secret',
    redirectUri: `${API}/api/integrations/todoist/callback`,
    ...options.todoist,
  })
  t.teardown(() => todoist.close())
  const env = { TODOIST_AUTH_URL: todoist.url, TODOIST_API_URL: todoist.url, ...options.env }
  const world = await build(t, env, options)
  return { ...world, todoist }
}

/** What a second server needs to share the first one's database, people and Todoist. */
export const sharedEnv = ({ config, todoist }: TodoistWorld): Env => ({
  DATABASE_PATH: config.DATABASE_PATH,
  SESSION_SECRET: config.SESSION_SECRET.join(','),
  TODOIST_AUTH_URL: todoist.url,
  TODOIST_API_URL: todoist.url,
})

/** Asks to connect. @returns where the browser is sent, and its cookies with the one of the attempt. */
export async function startConnecting({ app }: TestApp, { cookie }: Person, returnTo = '/tips') {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/integrations/todoist/connect',
    headers: { cookie, accept: 'application/json' },
    payload: { returnTo },
  })
  const attempt = cookiesOf(answer.headers).oauth_todoist ?? ''
  const { authorizationUrl } = answer.json()
  return { authorizationUrl: authorizationUrl as string, cookie: `${cookie}; ${attempt}` }
}

/** Follows a redirect to the app's callback, as the person's browser would. */
export function comeBack({ app }: TestApp, callbackUrl: string, cookie: string) {
  const { pathname, search } = new URL(callbackUrl)
  return app.inject({ url: pathname + search, headers: { cookie } })
}

/** A person goes to Todoist, says yes, and comes back. */
export async function connectTodoist(world: TodoistWorld, person: Person) {
  const { authorizationUrl, cookie } = await startConnecting(world, person)
  return comeBack(world, await approveTodoist({ authorizationUrl }), cookie)
}

/** A signed-in person whose first sync has ended. */
export async function connectedPerson(world: TodoistWorld): Promise<Person> {
  const person = await signInPerson(world)
  await connectTodoist(world, person)
  await until(async () => (await todoistOf(world, person)).lastSyncedAt !== null)
  return person
}

/** The row for Todoist in the person's list of integrations. */
export async function todoistOf({ app }: TestApp, { cookie }: Person): Promise<IntegrationBody> {
  const answer = await app.inject({ url: '/api/integrations', headers: { cookie } })
  const [row] = answer.json().integrations
  return row
}

export function startSync({ app }: TestApp, { cookie }: Person) {
  return app.inject({
    method: 'POST',
    url: '/api/integrations/todoist/sync',
    headers: { cookie },
  })
}

/** Starts a sync and waits until it has ended, well or not. */
export async function syncNow(world: TestApp, person: Person): Promise<IntegrationBody> {
  const answer = await startSync(world, person)
  if (answer.statusCode !== 202) throw new Error(`sync was refused: ${answer.body}`)
  await until(async () => !(await isSyncing(world, person)))
  return todoistOf(world, person)
}

export async function isSyncing({ app }: TestApp, { userId }: Person): Promise<boolean> {
  const row = await app.db
    .selectFrom('integrations')
    .select('sync_lease_until')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.sync_lease_until != null
}

export function tasksOf({ app }: TestApp, { userId }: Person) {
  return app.db
    .selectFrom('tasks')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

export async function eventsOf({ app }: TestApp, type: string) {
  const rows = await app.db
    .selectFrom('events')
    .select('payload')
    .where('type', '=', type)
    .orderBy('seq')
    .execute()
  return rows.map(({ payload }) => JSON.parse(payload))
}

/** Waits until it is so. @throws after `limitMs`. */
export async function until(isSo: () => Promise<boolean> | boolean, limitMs = 15_000) {
  const end = Date.now() + limitMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not so after ${limitMs} ms: ${isSo}`)
    await sleep(20)
  }
}

/** Calls that Todoist got at a path. */
export const callsTo = ({ todoist }: TodoistWorld, path: string) =>
  todoist.control.requests().filter((request) => request.path.startsWith(path))
