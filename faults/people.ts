import { signInThroughPages } from '../sandbox/identity/walk.ts'
import { approveTodoist } from '../sandbox/todoist/walk.ts'
import { type Answer, call, cookiesOf, sessionCookie } from './caller.ts'
import { eventually, type FaultWorld } from './world.ts'

export interface Person {
  userId: string
  /** Cookie header of a live session. */
  cookie: string
}

/** Signs in through the provider's pages. @param login an account of the sandbox's provider. */
export async function signIn(world: FaultWorld, login: string): Promise<Person> {
  const answer = await trySignIn(world, login)
  return personOf(world, login, answer)
}

/**
 * Signs in; the pages are visited at the provider itself, whatever the line is like over which the API talks to it.
 *
 * @returns the answer to the callback, or to the login that did not come so far.
 */
export async function trySignIn(world: FaultWorld, login: string): Promise<Answer> {
  const asked = await call(world.url, 'POST', '/api/auth/login', { body: { returnTo: '/' } })
  if (asked.status !== 200) return asked
  const { issuer, url } = world.services.identity
  const authorizationUrl = authorizationUrlOf(asked).replace(issuer, url)
  const callback = await signInThroughPages({ authorizationUrl, login })
  return follow(world, callback, cookiesOf(asked))
}

/** Who a callback has signed in. */
export async function personOf(world: FaultWorld, login: string, answer: Answer): Promise<Person> {
  const cookie = sessionCookie(answer)
  if (cookie === '') throw new Error(`${login} is not signed in: ${answer.status}`)
  const { body } = await call(world.url, 'GET', '/api/auth/session', { cookie })
  return { userId: (body as { user: { id: string } }).user.id, cookie }
}

/** Connects Todoist through its pages. @returns the answer to the callback, or to the request that did not come so far. */
export async function connectTodoist(world: FaultWorld, { cookie }: Person): Promise<Answer> {
  const path = '/api/integrations/todoist/connect'
  const asked = await call(world.url, 'POST', path, { cookie, body: { returnTo: '/' } })
  if (asked.status !== 200) return asked
  const callback = await approveTodoist({ authorizationUrl: authorizationUrlOf(asked) })
  return follow(world, callback, `${cookie}; ${cookiesOf(asked)}`)
}

const authorizationUrlOf = ({ body }: Answer) =>
  (body as { authorizationUrl: string }).authorizationUrl

function follow({ url }: FaultWorld, to: string, cookie: string): Promise<Answer> {
  const { pathname, search } = new URL(to)
  return call(url, 'GET', pathname + search, { cookie })
}

/** Signs in, connects Todoist, and waits for the first tasks. */
export async function settle(world: FaultWorld, login: string): Promise<Person> {
  const person = await signIn(world, login)
  await connectTodoist(world, person)
  const synced = await eventually(
    20,
    async () => (await todoistOf(world.url, person)).taskCount > 0,
  )
  if (!synced) throw new Error(`the first sync of ${login} does not come`)
  return person
}

export async function adminCookie(world: FaultWorld): Promise<string> {
  const body = { token: world.services.adminToken }
  return sessionCookie(await call(world.url, 'POST', '/api/auth/token', { body }))
}

export interface TodoistState {
  status: string
  taskCount: number
  lastSyncedAt: string | null
  nextSyncAt: string | null
}

export async function todoistOf(url: string, { cookie }: Person): Promise<TodoistState> {
  const { body } = await call(url, 'GET', '/api/integrations', { cookie })
  const { integrations } = body as { integrations: (TodoistState & { provider: string })[] }
  return integrations.find(({ provider }) => provider === 'todoist') as TodoistState
}
