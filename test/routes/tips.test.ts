import t from 'tap'
import { DAY } from '../../src/clock.ts'
import { signInPerson } from '../helper.ts'
import { addTasks, answer, decisionOf, recommend, startTips, until } from '../src/tips/world.ts'

t.test('a tip is about one of the open tasks, chosen and worded by ml/serving', async (t) => {
  const world = await startTips(t, { ML_SERVING_TOKEN: 'ml-secret' })
  const { ada, ml } = world
  await addTasks(world, ada.userId, [
    { content: 'Water the plants', due: '2026-11-20', priority: 4 },
    { content: 'Call the bank' },
    { content: 'Done already', status: 'completed' },
  ])
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const response = await recommend(world, {
    cookie: ada.cookie,
    headers: { traceparent, tracestate: 'vendor=1' },
  })
  t.equal(response.statusCode, 200)
  const { tip } = response.json()
  t.match(tip, { source: 'model', policy: 'linucb', createdAt: '2026-11-22T09:00:00.000Z' })
  t.match(tip.task, { content: /Water|Call/, url: /^https:/, priority: Number })
  t.ok(tip.text.includes(tip.task.content))
  t.same(Object.keys(tip).sort(), [
    ...['createdAt', 'id', 'policy', 'promptVersion', 'source', 'task', 'text'],
  ])

  const [score] = ml.control.requests('score')
  const [generate] = ml.control.requests('generate')
  for (const call of [score, generate]) {
    t.match(call?.headers, {
      traceparent: new RegExp(`^00-${'a'.repeat(32)}-(?!b{16})[0-9a-f]{16}-01$`),
      tracestate: 'vendor=1',
      authorization: 'Bearer ml-secret',
      'x-deadline-ms': /^\d+$/,
    })
  }
  t.not(score?.headers.traceparent, generate?.headers.traceparent, 'each call is its own parent')
  t.match(score?.body, {
    context: { hour: 9, dow: 0 },
    candidates: [
      {
        id: 'todoist:1',
        features: {
          ...{ overdue_days: 2, due_today: 0, has_due: 1, due_in_days: 0, priority: 4 },
          ...{ age_days: 1, shown_7d: 0, is_recurring: 0 },
        },
      },
      { id: 'todoist:2' },
    ],
  })
  t.equal((score?.body as { candidates?: unknown[] } | undefined)?.candidates?.length, 2)
  t.notMatch(score?.body, { candidates: [{ content: String }] }, 'the words of a task stay here')

  const row = await decisionOf(world, tip.id)
  t.equal(row.trace_id, 'a'.repeat(32))
  t.equal(row.propensity, row.candidates.find(({ id }) => id === row.chosen_id)?.p)
  t.same(row.features, (score?.body as { features?: unknown } | undefined)?.features)
})

t.test('the shadows are logged with what they would have done', async (t) => {
  const world = await startTips(t)
  await addTasks(world, world.ada.userId, [{}, {}, {}])
  await world.app.policies.refresh('f'.repeat(32))
  const { tip } = (await recommend(world, { cookie: world.ada.cookie })).json()
  const shadows = await world.app.db.selectFrom('shadow_scores').selectAll().execute()
  t.ok(shadows.length > 0)
  for (const shadow of shadows) {
    t.match(shadow, { tip_id: tip.id, status: 'ok', choice_id: /^todoist:/ })
    t.equal(shadow.agreed, Number(shadow.choice_id === tip.task.id))
  }
})

t.test('without an open task there is a friendly word and no call', async (t) => {
  const world = await startTips(t)
  await addTasks(world, world.ada.userId, [{ status: 'completed' }])
  const { tip } = (await recommend(world, { cookie: world.ada.cookie })).json()
  t.match(tip, { source: 'cold_start', policy: 'cold_start', task: null, promptVersion: null })
  t.ok(tip.text.length > 20)
  t.same(world.ml.control.requests('score'), [])
  t.same(world.ml.control.requests('generate'), [])
})

t.test('a person without a session gets no tip', async (t) => {
  const world = await startTips(t)
  t.equal((await recommend(world, { cookie: '' })).statusCode, 401)
  t.equal((await recommend(world, { cookie: '', key: 'k' })).statusCode, 401)
})

t.test('a task that was tipped comes last for a week, unless that was helpful', async (t) => {
  const world = await startTips(t, { SESSION_IDLE_MS: String(20 * DAY) })
  const { app, ada, clock } = world
  await addTasks(world, ada.userId, [{ due: '2026-11-01' }, {}])
  /** Asks for a tip. @returns its id, and the candidates as they were ranked. */
  const ask = async () => {
    const { tip } = (await recommend(world, { cookie: ada.cookie })).json()
    const { candidates } = await decisionOf(world, tip.id)
    // Whatever the draw gave: every tip of this test is about the overdue task.
    await app.db.updateTable('tip_scores').set({ chosen_id: 'todoist:1' }).execute()
    return { id: tip.id, order: candidates.map(({ id }) => id), candidates }
  }
  const first = await ask()
  t.same(first.order, ['todoist:1', 'todoist:2'])
  const second = await ask()
  t.same(second.order, ['todoist:2', 'todoist:1'])
  t.equal(second.candidates[1]?.features.shown_7d, 1)
  await answer(world, ada.cookie, second.id, 'viewed')
  const third = await ask()
  t.same(third.order, ['todoist:2', 'todoist:1'], 'also when it was seen')
  await answer(world, ada.cookie, third.id, 'dismiss')
  const dismissed = await ask()
  t.same(dismissed.order, ['todoist:2', 'todoist:1'], 'and all the more when it was dismissed')
  await answer(world, ada.cookie, dismissed.id, 'helpful')
  const fourth = await ask()
  t.same(fourth.order, ['todoist:1', 'todoist:2'])
  t.same((await ask()).order, ['todoist:2', 'todoist:1'])
  clock.advance(8 * DAY)
  const last = await ask()
  t.same(last.order, ['todoist:1', 'todoist:2'])
  t.equal(last.candidates[0]?.features.shown_7d, 0)
})

t.test('each decision draws one of the prompts and logs it', async (t) => {
  const world = await startTips(t, { TIP_PROMPT_VERSION: 'short,warm' })
  await addTasks(world, world.ada.userId, [{}])
  const seen = new Set<string>()
  while (seen.size < 2) {
    const { tip } = (await recommend(world, { cookie: world.ada.cookie })).json()
    t.equal((await decisionOf(world, tip.id)).prompt_version, tip.promptVersion)
    seen.add(tip.promptVersion)
  }
  t.same([...seen].sort(), ['short', 'warm'])
})

t.test('an unknown field is refused by name', async (t) => {
  const world = await startTips(t)
  const response = await recommend(world, { cookie: world.ada.cookie, body: { taskId: 1 } })
  t.equal(response.statusCode, 400)
  t.match(response.json().errors, [{ path: 'body.taskId' }])
})

t.test('an account that is deleted while its tip is worded gets none', async (t) => {
  const world = await startTips(t)
  const { app, ada, ml } = world
  await addTasks(world, ada.userId, [{}])
  ml.control.fault({ endpoint: 'generate', kind: 'slow', ms: 500 })
  const late = recommend(world, { cookie: ada.cookie, key: 'k' })
  await until(() => ml.control.requests('generate').length > 0)
  await app.db.deleteFrom('users').where('id', '=', ada.userId).execute()
  t.equal((await late).statusCode, 401)
  t.same(await app.db.selectFrom('tip_scores').select('id').execute(), [])
})

t.test('feedback is stored once with its reward', async (t) => {
  const world = await startTips(t)
  const { ada, app } = world
  await addTasks(world, ada.userId, [{}])
  const { tip } = (await recommend(world, { cookie: ada.cookie })).json()
  t.same((await answer(world, ada.cookie, tip.id, 'done')).json(), { ok: true })
  t.same((await answer(world, ada.cookie, tip.id, 'done')).json(), { ok: true, duplicate: true })
  t.same((await answer(world, ada.cookie, tip.id, 'dismiss')).json(), { ok: true })
  const rows = await app.db.selectFrom('tip_feedback').selectAll().orderBy('id').execute()
  t.match(rows, [
    { action: 'done', reward: 1, reward_version: 'r1' },
    { action: 'dismiss', reward: -0.5 },
  ])
  const events = await app.db
    .selectFrom('events')
    .selectAll()
    .where('type', '=', 'signals.tip.feedback')
    .execute()
  t.equal(events.length, 2)
})

t.test('ten equal answers at once count once', async (t) => {
  const world = await startTips(t)
  const { ada } = world
  const { tip } = (await recommend(world, { cookie: ada.cookie })).json()
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => answer(world, ada.cookie, tip.id, 'helpful')),
  )
  t.equal(responses.filter((response) => response.json().duplicate).length, 9)
  const rows = await world.app.db.selectFrom('tip_feedback').selectAll().execute()
  t.equal(rows.length, 1)
})

t.test('a tip of somebody else, or of nobody, cannot be answered', async (t) => {
  const world = await startTips(t)
  const bob = await signInPerson(world)
  const { tip } = (await recommend(world, { cookie: world.ada.cookie })).json()
  t.equal((await answer(world, bob.cookie, tip.id, 'done')).statusCode, 404)
  t.equal((await answer(world, world.ada.cookie, 'no-such-tip', 'done')).statusCode, 404)
  const wrong = await answer(world, world.ada.cookie, tip.id, 'love')
  t.equal(wrong.statusCode, 400)
  t.match(wrong.json().errors, [{ path: 'body.action', message: /must be one of viewed, done/ }])
})

t.test('past tips come newest first, page by page, with their feedback', async (t) => {
  const world = await startTips(t)
  const { app, ada } = world
  const bob = await signInPerson(world)
  await recommend(world, { cookie: bob.cookie })
  const made: string[] = []
  for (let i = 0; i < 5; i++) {
    made.unshift((await recommend(world, { cookie: ada.cookie })).json().tip.id)
  }
  await answer(world, ada.cookie, made[0] ?? '', 'viewed')
  await answer(world, ada.cookie, made[0] ?? '', 'done')
  const list = async (query: string) =>
    (await app.inject({ url: `/api/tips${query}`, headers: { cookie: ada.cookie } })).json()

  const seen: string[] = []
  let cursor = ''
  for (let pages = 0; pages < 3; pages++) {
    const page = await list(`?limit=2${cursor}`)
    seen.push(...page.items.map(({ id }: { id: string }) => id))
    cursor = `&cursor=${page.nextCursor}`
    t.equal(page.nextCursor === null, pages === 2)
  }
  t.same(seen, made)
  t.match((await list('')).items[0].feedback, [
    { action: 'viewed', createdAt: '2026-11-22T09:00:00.000Z' },
    { action: 'done' },
  ])
  t.match(await list('?cursor=nonsense'), { status: 400, errors: [{ path: 'query.cursor' }] })
  t.match(await list('?limit=201'), { status: 400, errors: [{ path: 'query.limit' }] })
})
