import { signInThroughPages } from '../sandbox/identity/walk.ts'
import { approveTodoist } from '../sandbox/todoist/walk.ts'
import { createVisitor, type Visitor } from '../sandbox/tour/visitor.ts'
import { call, sessionCookie } from './caller.ts'
import { eventually, type FaultWorld } from './world.ts'

export interface Person {
  userId: string
  /** Cookie header of a live session. */
  cookie: string
}

/** Signs in through the provider's pages. @param login an account of the sandbox's provider. */
export async function signIn(world: FaultWorld, login: string): Promise<Person> {
  const visitor = createVisitor(world.url, world.services.webUrl)
  return signInAs(visitor, login)
}

async function signInAs(visitor: Visitor, login: string): Promise<Person> {
  const { authorizationUrl } = await visitor.json<{ authorizationUrl: string }>(
    'POST',
    '/api/auth/login',
    { body: { returnTo: '/' } },
  )
  await visitor.follow(await signInThroughPages({ authorizationUrl, login }))
  const { user } = await visitor.json<{ user: { id: string } }>('GET', '/api/auth/session')
  return { userId: user.id, cookie: visitor.cookieHeader() }
}

/** Signs in, connects Todoist, and waits for the first tasks. */
export async function settle(world: FaultWorld, login: string): Promise<Person> {
  const visitor = createVisitor(world.url, world.services.webUrl)
  const person = await signInAs(visitor, login)
  const { authorizationUrl } = await visitor.json<{ authorizationUrl: string }>(
    'POST',
    '/api/integrations/todoist/connect',
    { body: { returnTo: '/' } },
  )
  await visitor.follow(await approveTodoist({ authorizationUrl }))
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
