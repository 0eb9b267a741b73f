import t from 'tap'
import { createRandom } from '../../sandbox/todoist/random.ts'
import { startAccountWorld } from '../account-world.ts'
import { type Person, signInPerson, type TestApp } from '../helper.ts'
import { documentOf, operationsOf, urlOf } from '../openapi.ts'
import { makeRequest } from './generator.ts'

/** Figures are folded from the events behind everyone's back. */
const DERIVED = 'stats_users'

/** Everything that belongs to someone, row by row. */
async function belongings({ app }: TestApp, userId: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const { name, columns } of await app.db.introspection.getTables()) {
    const owner = name === 'users' ? 'id' : 'user_id'
    if (name === DERIVED || !columns.some((column) => column.name === owner)) continue
    const rows = await app.db
      .selectFrom(name as 'tasks')
      .selectAll()
      .where(owner as 'user_id', '=', userId)
      .execute()
    found[name] = rows.map((row) => JSON.stringify(row)).sort()
  }
  return found
}

/** Ids of everything of a person that a path or a body can name. */
async function idsOf({ app }: TestApp, { userId, cookie }: Person): Promise<string[]> {
  const get = async (url: string) => (await app.inject({ url, headers: { cookie } })).json().items
  const tips = (await get('/api/tips')) as { id: string }[]
  const sessions = (await get('/api/auth/sessions')) as { id: string }[]
  const tables = ['tasks', 'integrations', 'push_subscriptions', 'events'] as const
  const rows = await Promise.all(
    tables.map((table) =>
      app.db.selectFrom(table).select('id').where('user_id', '=', userId).limit(2).execute(),
    ),
  )
  return [userId, ...[...tips.slice(0, 2), ...sessions, ...rows.flat()].map(({ id }) => id)]
}

async function twoPeople(t: Parameters<typeof startAccountWorld>[0]) {
  const { world, person, traces, device } = await startAccountWorld(t, { tasks: 5, tips: 3 })
  const other = await signInPerson(world, { email: 'mallory@example.com' })
  return { world, person, traces, device, other }
}

t.test('every operation, with the other’s ids: nothing is read and nothing changes', async (t) => {
  const { world, person, traces, other } = await twoPeople(t)
  const { app } = world
  const ids = await idsOf(world, person)
  t.ok(ids.length > 8)
  const before = await belongings(world, person.userId)
  t.ok(Object.values(before).flat().length > 20)
  const headers = { cookie: other.cookie }
  const random = createRandom(7)
  // These end the caller's own session, and are tried at the end.
  const walked = operationsOf(app).filter(
    ({ operationId }) => !['deleteAccount', 'logout'].includes(operationId),
  )
  for (const operation of walked) {
    const exact = ids.map((id) => ({ method: operation.method, url: urlOf(operation, id) }))
    const fitting = ids.map(() => makeRequest(documentOf(app), operation, ids, random))
    for (const request of [...exact, ...fitting]) {
      const answer = await app.inject({
        ...request,
        headers: { ...headers, ...('headers' in request && request.headers) },
      })
      const found = traces.filter((trace) => answer.body.includes(trace))
      t.same(found, [], `${operation.operationId} ${request.url} tells ${found}`)
    }
  }
  t.same(await belongings(world, person.userId), before)
})

t.test('what is another’s is as unknown as what does not exist', async (t) => {
  const { world, person, other } = await twoPeople(t)
  const ids = await idsOf(world, person)
  const headers = { cookie: other.cookie }
  const ask = async (method: 'POST' | 'DELETE', url: string, payload?: object) => {
    const answer = await world.app.inject({ method, url, headers, ...(payload && { payload }) })
    const { code, detail } = answer.json()
    return { status: answer.statusCode, code, detail }
  }
  for (const id of ids) {
    const feedback = await ask('POST', `/api/tip/${id}/feedback`, { action: 'done' })
    t.same(feedback, await ask('POST', '/api/tip/no-such-tip/feedback', { action: 'done' }))
    t.equal(feedback.status, 404)
    const ended = await ask('DELETE', `/api/auth/sessions/${id}`)
    t.same(ended, await ask('DELETE', '/api/auth/sessions/no-such-session'))
    t.equal(ended.status, 404)
  }
})

t.test('a key, an endpoint and an ending account are good for their owner alone', async (t) => {
  const { world, person, device, other } = await twoPeople(t)
  const send = (who: Person, method: 'POST' | 'DELETE', url: string, payload: object, more = {}) =>
    world.app.inject({ method, url, headers: { cookie: who.cookie, ...more }, payload })
  const key = { 'idempotency-key': 'the-same-key' }
  const mine = (await send(person, 'POST', '/api/recommend', {}, key)).json().tip
  const theirs = (await send(other, 'POST', '/api/recommend', {}, key)).json().tip
  t.not(theirs.id, mine.id)
  t.equal(theirs.task, null)

  const before = await belongings(world, person.userId)
  const { endpoint } = device
  t.equal((await send(other, 'DELETE', '/api/push/subscribe', { endpoint })).statusCode, 204)
  t.equal((await send(other, 'DELETE', '/api/integrations/todoist', {})).statusCode, 204)
  t.equal((await send(other, 'DELETE', '/api/auth/sessions', {})).statusCode, 204)
  t.equal((await send(other, 'DELETE', '/api/user', {})).statusCode, 200)
  t.same(await belongings(world, person.userId), before)
})
