import t, { type Test } from 'tap'
import { type MlServingOptions, startMlServing } from '../../sandbox/ml-serving/index.ts'
import { createPersona } from '../../sim/environment/persona.ts'
import { ACTIONS, REWARDS } from '../../sim/judges/answer.ts'
import { createRandom } from '../../sim/random.ts'
import type { Json } from './json.ts'

const URGENT = { overdue_days: 4, priority: 4, age_days: 10, is_recurring: 0, shown_7d: 0 }
const CHORE = { overdue_days: 0, priority: 1, age_days: 1, is_recurring: 1, shown_7d: 0 }

const candidates = [
  { id: 'todoist:urgent', features: URGENT },
  { id: 'todoist:chore', features: CHORE },
  { id: 'todoist:plain', features: { priority: 2, has_due: 1, due_in_days: 3 } },
]

function scoreBody(change: Record<string, unknown> = {}) {
  return {
    decision_id: 'd1',
    user_id: 'u1',
    seed: 's1',
    context: { hour: 9, dow: 2 },
    features: { done_7d: { value: 4, age_s: 120, status: 'fresh' } },
    candidates,
    active: 'linucb',
    shadows: ['thompson'],
    ...change,
  }
}

function rewardEvent(change: Record<string, unknown> = {}) {
  return {
    event_id: 'e1',
    decision_id: 'd1',
    user_id: 'u1',
    chosen_id: 'todoist:urgent',
    propensity: 0.5,
    action: 'dismiss',
    reward: -0.5,
    reward_version: 'r1',
    occurred_at: '2026-03-02T09:00:00.000Z',
    ...change,
  }
}

async function start(t: Test, options?: MlServingOptions) {
  const service = await startMlServing(options)
  t.teardown(() => service.close())
  const call = async (method: string, path: string, body?: unknown, headers = {}) => {
    const response = await fetch(service.url + path, {
      method,
      redirect: 'manual',
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    let json: Json
    try {
      json = JSON.parse(text)
    } catch {
      json = undefined
    }
    return { status: response.status, headers: response.headers, text, json }
  }
  return { ...service, call }
}

type Service = Awaited<ReturnType<typeof start>>

function checkScores(t: Test, scores: Json[]) {
  t.strictSame(scores.map(({ id }) => id).sort(), candidates.map(({ id }) => id).sort())
  t.ok(Math.abs(scores.reduce((sum, { p }) => sum + p, 0) - 1) < 1e-6, 'p sum to 1')
  t.ok(
    scores.every(({ p }) => p > 0 && p <= 1),
    'p in (0, 1]',
  )
  t.ok(
    scores.every(({ score, q_hat }) => Number.isFinite(score) && Number.isFinite(q_hat)),
    'score and q_hat are numbers',
  )
}

/** One decision and its answer. */
async function teach(service: Service, n: number, chosen: string, action: keyof typeof REWARDS) {
  await service.call('POST', '/score', scoreBody({ decision_id: `d${n}`, seed: `s${n}` }))
  const event = { event_id: `e${n}`, decision_id: `d${n}`, chosen_id: chosen }
  const body = { events: [rewardEvent({ ...event, action, reward: REWARDS[action] })] }
  return (await service.call('POST', '/rewards', body)).json
}

/** Each candidate's q_hat and p by id, for the policy. */
async function opinion(service: Service, policy = 'linucb', user = 'u1') {
  const body = scoreBody({ decision_id: 'look', active: policy, user_id: user, shadows: [] })
  const { json } = await service.call('POST', '/score', body)
  const by = (name: string) =>
    Object.fromEntries(json.active.scores.map((score: Json) => [score.id, score[name]]))
  return { q: by('q_hat'), p: by('p'), cold: json.active.cold_start }
}

t.test('every policy answers /score within the rules of the contract', async (t) => {
  const service = await start(t)
  const { json: listed } = await service.call('GET', '/policies')
  t.equal(listed.active, 'linucb')
  const names = listed.policies.map(({ name }: Json) => name)
  t.strictSame(names, ['random', 'rules', 'epsilon-greedy', 'linucb', 'thompson'])
  for (const active of names) {
    const { status, json } = await service.call(
      'POST',
      '/score',
      scoreBody({ active, shadows: names }),
    )
    t.equal(status, 200, active)
    t.equal(json.decision_id, 'd1')
    t.equal(json.active.name, active)
    const chosen = json.active.scores.find(({ id }: Json) => id === json.chosen_id)
    t.equal(json.propensity, chosen?.p, 'the propensity is the chosen one’s p')
    checkScores(t, json.active.scores)
    for (const shadow of json.shadows) {
      t.equal(shadow.status, 'ok')
      t.ok(candidates.some(({ id }) => id === shadow.choice_id))
      checkScores(t, shadow.scores)
    }
  }
})

t.test('the same seed draws the same choice, other seeds draw as the p say', async (t) => {
  const service = await start(t)
  const ask = (seed: string) =>
    service.call('POST', '/score', scoreBody({ seed, active: 'random' })).then(({ text }) => text)
  t.equal(await ask('one'), await ask('one'))
  const thompson = scoreBody({ active: 'thompson' })
  t.equal(
    (await service.call('POST', '/score', thompson)).text,
    (await service.call('POST', '/score', thompson)).text,
  )
  const seeds = Array.from({ length: 60 }, (_, i) => `seed ${i}`)
  const choices = new Map<string, number>()
  for (const seed of seeds) {
    const { chosen_id } = JSON.parse(await ask(seed))
    choices.set(chosen_id, (choices.get(chosen_id) ?? 0) + 1)
  }
  t.equal(choices.size, 3)
  t.ok([...choices.values()].every((count) => count >= 8 && count <= 35))
})

t.test('an unknown shadow fails alone, an unknown active policy fails the call', async (t) => {
  const { call } = await start(t)
  const shadowed = await call('POST', '/score', scoreBody({ shadows: ['nope', 'rules'] }))
  t.equal(shadowed.status, 200)
  t.match(shadowed.json.shadows, [
    { name: 'nope', status: 'error' },
    { name: 'rules', status: 'ok' },
  ])
  const active = await call('POST', '/score', scoreBody({ active: 'nope' }))
  t.equal(active.status, 400)
  t.match(active.json, { code: 'unknown_policy', message: /nope/, retryable: false })
})

t.test('a handful of answers moves what the learning policies think', async (t) => {
  for (const policy of ['epsilon-greedy', 'linucb', 'thompson']) {
    const service = await start(t)
    const before = await opinion(service, policy)
    t.equal(before.cold, true)
    for (let n = 0; n < 8; n++) {
      const [chosen, action] =
        n % 2 ? (['todoist:chore', 'done'] as const) : (['todoist:urgent', 'dismiss'] as const)
      t.strictSame(await teach(service, n, chosen, action), { accepted: 1, duplicates: 0 })
    }
    const after = await opinion(service, policy)
    t.equal(after.cold, false)
    t.ok(after.q['todoist:chore'] > before.q['todoist:chore'] + 0.4, `${policy}: done rises`)
    t.ok(after.q['todoist:urgent'] < before.q['todoist:urgent'] - 0.2, `${policy}: dismissed falls`)
    t.ok(after.p['todoist:chore'] > 0.7, `${policy}: the liked kind is now likely`)
    t.ok(after.p['todoist:urgent'] < 0.1, `${policy}: the dismissed kind is now unlikely`)
    const stranger = await opinion(service, policy, 'u2')
    t.equal(stranger.cold, true)
    t.ok(stranger.q['todoist:chore'] > stranger.q['todoist:urgent'], 'others start from the prior')
    t.ok(stranger.q['todoist:chore'] < after.q['todoist:chore'], 'less sure than whom it is about')
  }
})

t.test('a reward counts once however often it is delivered', async (t) => {
  const service = await start(t)
  await service.call('POST', '/score', scoreBody())
  const events = [rewardEvent(), rewardEvent({ event_id: 'e2', decision_id: 'unknown' })]
  const first = await service.call('POST', '/rewards', { events })
  t.strictSame(first.json, { accepted: 2, duplicates: 0 })
  const { q } = await opinion(service)
  const again = await service.call('POST', '/rewards', { events: [rewardEvent(), rewardEvent()] })
  t.strictSame(again.json, { accepted: 0, duplicates: 2 })
  t.strictSame((await opinion(service)).q, q, 'nothing more was learned')
  t.strictSame(
    service.control.rewards().map(({ event, count }) => [event.event_id, count]),
    [
      ['e1', 3],
      ['e2', 1],
    ],
  )
})

t.test(
  'a later answer replaces an earlier one, and a view does not replace an answer',
  async (t) => {
    const service = await start(t)
    await service.call('POST', '/score', scoreBody())
    const send = (event_id: string, action: keyof typeof REWARDS) =>
      service.call('POST', '/rewards', {
        events: [rewardEvent({ event_id, action, reward: REWARDS[action] })],
      })
    await send('e1', 'viewed')
    await send('e2', 'done')
    await send('e3', 'viewed')
    const twice = await start(t)
    await twice.call('POST', '/score', scoreBody())
    await twice.call('POST', '/rewards', {
      events: [rewardEvent({ action: 'done', reward: 1 })],
    })
    const [a, b] = [await opinion(service), await opinion(twice)]
    for (const { id } of candidates) t.ok(Math.abs(a.q[id] - b.q[id]) < 1e-9, id)
  },
)

t.test(
  'reset forgets, rebuild brings back what was taught since, erase leaves nothing',
  async (t) => {
    const service = await start(t)
    const fresh = await opinion(service)
    for (let n = 0; n < 4; n++) await teach(service, n, 'todoist:chore', 'done')
    const taught = await opinion(service)

    const rebuilt = await service.call('POST', '/users/u1/rebuild', { request_id: 'r0' })
    t.equal(rebuilt.status, 202)
    t.strictSame(rebuilt.json, { job_id: 'rebuild-r0' })
    for (const { id } of candidates) {
      t.ok(Math.abs((await opinion(service)).q[id] - taught.q[id]) < 1e-9, 'a rebuild is faithful')
    }

    const request = { request_id: 'r1', reason: 'asked to' }
    const reset = await service.call('POST', '/users/u1/reset', request)
    t.strictSame(reset.json, { state_version: 2 })
    t.strictSame((await service.call('POST', '/users/u1/reset', request)).json, reset.json)
    const forgotten = await opinion(service)
    t.equal(forgotten.cold, true)
    for (const { id } of candidates) t.ok(Math.abs(forgotten.q[id] - fresh.q[id]) < 1e-9, id)
    await service.call('POST', '/users/u1/rebuild', { request_id: 'r2' })
    t.equal((await opinion(service)).cold, true, 'what was reset stays forgotten')

    await teach(service, 9, 'todoist:chore', 'done')
    t.strictSame((await service.call('DELETE', '/users/u1')).json, { deleted: true })
    t.strictSame(service.control.rewards(), [])
    t.equal((await opinion(service)).cold, true)
  },
)

t.test('/generate writes a text about the task that fits', async (t) => {
  const { call } = await start(t)
  const body = (change: Record<string, unknown> = {}) => ({
    decision_id: 'd1',
    user_id: 'u1',
    candidate: { id: 'todoist:1', content: 'Call the dentist', due: null, priority: 4 },
    context: { hour: 9, dow: 2 },
    prompt_version: null,
    max_chars: 280,
    ...change,
  })
  const first = await call('POST', '/generate', body())
  t.match(first.json, { text: /Call the dentist/, prompt_version: 'v1', model: /\w/ })
  t.equal((await call('POST', '/generate', body())).text, first.text, 'safe to repeat')
  t.equal(
    (await call('POST', '/generate', body({ prompt_version: 'v7' }))).json.prompt_version,
    'v7',
  )
  const texts = new Set<string>()
  for (let i = 0; i < 12; i++) {
    texts.add((await call('POST', '/generate', body({ decision_id: `d${i}` }))).json.text)
  }
  t.ok(texts.size >= 3, 'not always the same words')
  const candidate = { id: 'x', content: '🦉'.repeat(400), due: { date: '2020-01-01' }, priority: 1 }
  for (const max_chars of [280, 100, 40]) {
    const { text } = (await call('POST', '/generate', body({ candidate, max_chars }))).json
    t.ok([...text].length <= max_chars, `${max_chars} characters at most`)
    t.notMatch(text, /\ufffd/)
  }
})

t.test('/judge answers as the persona would, whatever the batch', async (t) => {
  const { call } = await start(t)
  const random = createRandom('personas')
  const items = Array.from({ length: 40 }, (_, i) => ({
    id: `i${i}`,
    persona: createPersona(random),
    context: { hour: 10, dow: 1 },
    tip: { project: 'home', features: { ...CHORE, shown_7d: i === 0 ? 5 : 0 } },
  }))
  const ask = (some: typeof items) =>
    call('POST', '/judge', { run_id: 'r', seed: '7', items: some })
  const { results } = (await ask(items)).json
  t.strictSame(
    results.map(({ id }: Json) => id),
    items.map(({ id }) => id),
  )
  for (const { action, reward } of results) {
    t.ok(ACTIONS.includes(action))
    t.equal(reward, REWARDS[action as keyof typeof REWARDS])
  }
  t.equal(results[0].action, 'dismiss', 'shown too often')
  t.ok(new Set(results.map(({ action }: Json) => action)).size >= 4, 'people differ')
  t.strictSame((await ask(items.slice(3, 4))).json.results, results.slice(3, 4))
})

t.test('bad input is refused with the place, in the body shape of the contract', async (t) => {
  const { call } = await start(t)
  const cases: [string, string, unknown, RegExp][] = [
    ['POST', '/score', scoreBody({ context: { hour: 24, dow: 2 } }), /context\/hour/],
    ['POST', '/score', scoreBody({ candidates: [] }), /candidates/],
    ['POST', '/score', scoreBody({ candidates: [candidates[0], candidates[0]] }), /twice/],
    ['POST', '/rewards', { events: [rewardEvent({ propensity: 0 })] }, /events\/0\/propensity/],
    ['POST', '/rewards', { events: [rewardEvent({ reward: '1' })] }, /events\/0\/reward/],
    ['POST', '/users/u1/reset', {}, /request_id/],
  ]
  for (const [method, path, body, message] of cases) {
    const { status, json } = await call(method, path, body)
    t.equal(status, 400, `${path} ${message}`)
    t.match(json, { code: String, message, retryable: false })
  }
  const missing = await call('GET', '/nowhere')
  t.equal(missing.status, 404)
  t.match(missing.json, { code: 'not_found', retryable: false })
})

t.test('with a token every call but health needs it', async (t) => {
  const { call, control } = await start(t, { token: 'hush', active: 'thompson' })
  t.strictSame((await call('GET', '/health')).json, { status: 'ok' })
  for (const authorization of [undefined, 'Bearer wrong', 'hush']) {
    const refused = await call('GET', '/policies', undefined, authorization && { authorization })
    t.equal(refused.status, 401)
    t.match(refused.json, { code: 'unauthorized', retryable: false })
  }
  const headers = { authorization: 'Bearer hush', traceparent: '00-aa-bb-01' }
  t.equal((await call('GET', '/policies', undefined, headers)).json.active, 'thompson')
  await call('POST', '/score', scoreBody(), headers)
  const [recorded] = control.requests('score')
  t.match(recorded, { method: 'POST', url: '/score', headers, body: { decision_id: 'd1' } })
  t.equal(control.requests('policies').length, 4, 'refused calls are recorded too')
})

t.test('each spoilt answer to /score breaks its rule', async (t) => {
  const { call, control } = await start(t)
  const spoil = async (kind: string) => {
    await call('POST', '/_control/fault', { endpoint: 'score', kind, times: 1 })
    return (await call('POST', '/score', scoreBody())).json
  }
  const sum = (answer: Json) => answer.active.scores.reduce((s: number, { p }: Json) => s + p, 0)
  const ids = candidates.map(({ id }) => id)
  const near = (a: number, b: number) => Math.abs(a - b) < 1e-6
  t.notOk(ids.includes((await spoil('foreign-choice')).chosen_id))
  t.notOk(near(sum(await spoil('bad-sum')), 1))
  const zero = await spoil('zero-p')
  t.ok(zero.active.scores.some(({ p }: Json) => p === 0) && near(sum(zero), 1))
  const missing = await spoil('missing-candidate')
  t.ok(missing.active.scores.length === 2 && near(sum(missing), 1))
  const wrong = await spoil('wrong-propensity')
  const own = wrong.active.scores.find(({ id }: Json) => id === wrong.chosen_id).p
  t.notOk(near(wrong.propensity, own))
  checkScores(t, (await call('POST', '/score', scoreBody())).json.active.scores)
  t.equal(control.requests('score').length, 6)
})

t.test('each breakdown happens, lasts as long as asked and can be healed', async (t) => {
  const { url, call, control } = await start(t)
  control.fault({ endpoint: 'policies', kind: '500', times: 1 })
  t.match(await call('GET', '/policies'), { status: 500, json: { retryable: true } })
  control.fault({ endpoint: '*', kind: '503' })
  t.match(await call('GET', '/policies'), { status: 503, json: { code: 'unavailable' } })
  t.equal((await call('GET', '/health')).status, 503)
  control.fault({ endpoint: '*', kind: null })
  t.equal((await call('GET', '/policies')).status, 200)

  control.fault({ endpoint: 'policies', kind: 'html', times: 1 })
  t.match((await call('GET', '/policies')).headers.get('content-type'), /text\/html/)
  control.fault({ endpoint: 'policies', kind: 'redirect', times: 1 })
  const redirect = await call('GET', '/policies')
  t.equal(redirect.status, 307)
  t.equal(redirect.headers.get('location'), '/_echo/redirected')
  control.fault({ endpoint: 'policies', kind: 'huge', times: 1 })
  t.ok((await call('GET', '/policies')).text.length > 60e6)

  control.fault({ endpoint: 'policies', kind: 'slow', ms: 150, times: 1 })
  const began = performance.now()
  t.equal((await call('GET', '/policies')).status, 200)
  t.ok(performance.now() - began >= 145)

  control.fault({ endpoint: 'policies', kind: 'hang', times: 1 })
  await t.rejects(fetch(`${url}/policies`, { signal: AbortSignal.timeout(150) }), {
    name: 'TimeoutError',
  })
  control.fault({ endpoint: 'policies', kind: 'reset', times: 1 })
  await t.rejects(call('GET', '/policies'), { message: 'fetch failed' })

  await call('POST', '/score', scoreBody())
  control.fault({ endpoint: 'rewards', kind: 'half-body', times: 1 })
  const events = [rewardEvent()]
  await t.rejects(call('POST', '/rewards', { events }), { message: 'terminated' })
  t.strictSame(
    (await call('POST', '/rewards', { events })).json,
    { accepted: 0, duplicates: 1 },
    'it had been taken in before the answer broke off',
  )
  const bad = await call('POST', '/_control/fault', { endpoint: 'score', kind: 'explode' })
  t.equal(bad.status, 400)
})

t.test('closing ends a hanging call', async (t) => {
  const service = await startMlServing()
  service.control.fault({ endpoint: 'health', kind: 'hang' })
  const hanging = fetch(`${service.url}/health`).catch((error: Error) => error.message)
  while (service.control.requests('health').length === 0) await new Promise(setImmediate)
  await service.close()
  t.equal(await hanging, 'fetch failed')
})

t.test('other processes see the same records, of which the last 1000 stay', async (t) => {
  const { call, control } = await start(t)
  await call('POST', '/score', scoreBody())
  await call('POST', '/rewards', { events: [rewardEvent()] })
  t.match((await call('GET', '/_control/requests')).json.requests, [
    { endpoint: 'score', body: { decision_id: 'd1' } },
    { endpoint: 'rewards', headers: { 'content-type': 'application/json' } },
  ])
  t.match((await call('GET', '/_control/rewards')).json.rewards, [
    { event: { event_id: 'e1' }, count: 1 },
  ])
  for (let i = 0; i < 1001; i++) await call('GET', `/health?${i}`)
  t.equal(control.requests().length, 1000)
  t.equal(control.requests().at(-1)?.url, '/health?1000')
  t.equal((await call('POST', '/_control/clear')).status, 204)
  t.strictSame(control.requests(), [])
  t.equal(control.rewards().length, 1)
})

t.test('the echo shows what a proxy lets through', async (t) => {
  const { url, call } = await start(t, { token: 'hush' })
  const echoed = await call('GET', '/_echo/a/b?c=d', undefined, { 'x-note': 'hi', cookie: 'a=1' })
  t.match(echoed.json, {
    method: 'GET',
    url: '/_echo/a/b?c=d',
    headers: { 'x-note': 'hi', cookie: 'a=1' },
  })
  t.match(echoed.headers.get('set-cookie'), /^ml=/)
  t.equal(echoed.headers.get('access-control-allow-origin'), '*')
  t.equal((await call('GET', '/_bytes/200000')).text.length, 200_000)
  t.equal((await call('GET', '/_bytes/many')).status, 400)

  const { body } = await fetch(`${url}/_stream`)
  const arrivals: number[] = []
  let text = ''
  for await (const chunk of body ?? []) {
    arrivals.push(performance.now())
    text += Buffer.from(chunk).toString()
  }
  t.equal(text.trim().split('\n').length, 10)
  t.ok((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0) > 700, 'it came bit by bit')
})

t.test('a taken port gives way to a free one', async (t) => {
  const first = await start(t)
  const second = await start(t, { port: Number(new URL(first.url).port) })
  t.not(second.url, first.url)
  t.equal((await second.call('GET', '/health')).status, 200)
})
