import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createTodoistApi } from '../../../../src/integrations/todoist/api.ts'
import { fetchChanges } from '../../../../src/integrations/todoist/changes.ts'

type Answer = { status?: number; body: object }

/** A Todoist that answers the sync tokens it gets as the test says, and notes them. */
async function setUp(t: Test, answers: Record<string, Answer>) {
  const app = Fastify()
  const asked: string[] = []
  await app.register(formbody)
  app.post('/api/v1/sync', async (request, reply) => {
    const { sync_token: token } = request.body as { sync_token: string }
    asked.push(token)
    const { status = 200, body } = answers[token] ?? { status: 500, body: {} }
    return reply.code(status).send(body)
  })
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  const api = createTodoistApi(baseUrl, { id: 'id', secret: 'secret' })
  t.teardown(() => api.close())
  t.teardown(() => app.close())
  const changes = (cursor: string | null) => fetchChanges(api, 'https://web', 'access', cursor)
  return { asked, changes }
}

const full = (token: string, projectName: string) => ({
  ...{ sync_token: token, full_sync: true },
  items: [{ id: '1', content: 'A', project_id: 'p' }],
  projects: [{ id: 'p', name: projectName }],
  user: { tz_info: { timezone: 'Europe/Berlin' } },
})
const incremental = (token: string, more: object = {}) => ({
  ...{ sync_token: token, full_sync: false, items: [], projects: [] },
  ...more,
})

t.test('a project told once is known in later syncs', async (t) => {
  const { asked, changes } = await setUp(t, {
    '*': { body: full('t1', 'Home') },
    t1: { body: incremental('t2', { items: [{ id: '2', content: 'B', project_id: 'p' }] }) },
  })
  const first = await changes(null)
  t.match(first, { full: true, timeZone: 'Europe/Berlin' })
  const second = await changes(first.cursor)
  t.match([...second.tasks], [{ externalId: '2', project: 'Home' }])
  t.match(second, { full: false, timeZone: null })
  t.same(asked, ['*', 't1'])
})

t.test(
  'a renamed project starts over, for the tasks that an incremental answer leaves out',
  async (t) => {
    const answers = {
      '*': { body: full('t1', 'Home') },
      t1: { body: incremental('t2', { projects: [{ id: 'p', name: 'House' }] }) },
    }
    const { asked, changes } = await setUp(t, answers)
    const { cursor } = await changes(null)
    answers['*'] = { body: full('t3', 'House') }
    const after = await changes(cursor)
    t.equal(after.full, true)
    t.match([...after.tasks], [{ externalId: '1', project: 'House' }])
    t.same(asked, ['*', 't1', '*'])
  },
)

t.test('a refused sync token starts over, once', async (t) => {
  const answers: Record<string, Answer> = {
    '*': { body: full('t1', 'Home') },
    t1: { status: 400, body: { error_tag: 'INVALID_ARGUMENT_VALUE' } },
  }
  const { asked, changes } = await setUp(t, answers)
  const { cursor } = await changes(null)
  t.equal((await changes(cursor)).full, true)
  answers['*'] = { status: 400, body: {} }
  await t.rejects(changes(cursor), /^bad_answer/)
  t.same(asked, ['*', 't1', '*', 't1', '*'])
})

t.test('what Todoist answers is believed only in its shape', async (t) => {
  const bodies: [object, string][] = [
    [{ ...full('t', 'Home'), items: [{ id: '1', priority: 9 }] }, 'a priority that is none'],
    [{ ...full('t', 'Home'), items: [{ content: 'x' }] }, 'an item without id'],
    [{ ...full('t', 'Home'), sync_token: '' }, 'no sync token'],
    [{}, 'nothing'],
  ]
  for (const [body, name] of bodies) {
    const { changes } = await setUp(t, { '*': { body } })
    await t.rejects(changes(null), /^bad_answer/, name)
  }
})

t.test('how long to wait stands in the body of a 429', async (t) => {
  const body = { error_tag: 'LIMITS_REACHED', error_extra: { retry_after: 12 } }
  const { changes } = await setUp(t, { '*': { status: 429, body } })
  const told = await changes(null).catch((error) => error)
  t.match(told, { failure: 'rate_limited', retryAfterMs: 12_000 })
  const silent = await setUp(t, { '*': { status: 429, body: {} } })
  const untold = await silent.changes(null).catch((error) => error)
  t.match(untold, { failure: 'rate_limited', retryAfterMs: undefined })
})
