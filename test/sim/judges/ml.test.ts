import t, { type Test } from 'tap'
import { type Fault, startMlServing } from '../../../sandbox/ml-serving/index.ts'
import { createPersona } from '../../../sim/environment/persona.ts'
import { ACTIONS } from '../../../sim/judges/answer.ts'
import { createMlJudge } from '../../../sim/judges/ml.ts'
import { createRandom } from '../../../sim/random.ts'

const random = createRandom('ml judge')
const items = Array.from({ length: 120 }, (_, i) => ({
  id: `u${i}:0`,
  persona: createPersona(random),
  context: { hour: 9, dow: 1 },
  tip: { project: 'home' as const, features: { priority: 1 + (i % 4) } },
}))
const never = new AbortController().signal

async function start(t: Test, token = '') {
  const service = await startMlServing({ token })
  t.teardown(() => service.close())
  const judge = createMlJudge({
    url: `${service.url}/`,
    token: 'hush',
    runId: 'r1',
    seed: 7,
    deadlineMs: 1000,
  })
  return { ...service, judge }
}

t.test('every tip gets its answer, in batches, with the bearer', async (t) => {
  const { judge, control } = await start(t, 'hush')
  const answers = await judge.answer(items, never)
  t.equal(answers.length, 120)
  t.ok(answers.every(({ action }) => ACTIONS.includes(action)))
  t.strictSame(await judge.answer(items.slice(60, 61), never), answers.slice(60, 61))
  const calls = control.requests('judge')
  t.equal(calls.length, 4)
  t.match(calls[0], {
    headers: { authorization: 'Bearer hush', 'x-deadline-ms': '1000' },
    body: { run_id: 'r1', seed: '7', items: [{ id: 'u0:0' }] },
  })
})

t.test('an outage is an error that says why and shows no address', async (t) => {
  const { judge, control, url } = await start(t)
  const cases: [Fault['kind'], RegExp][] = [
    ['500', /status 500/],
    ['redirect', /status 307/],
    ['html', /not JSON/],
    ['huge', /too large/],
    ['hang', /no answer within 1000 ms/],
    ['reset', /cannot be reached/],
    ['half-body', /terminated|cannot be reached/],
  ]
  for (const [kind, message] of cases) {
    control.fault({ endpoint: 'judge', kind, times: 1 })
    const failure = await judge.answer(items, never).then(
      () => undefined,
      (error: Error) => error,
    )
    t.match(failure?.message, message, String(kind))
    t.match(failure?.message, /^judge ml: \/judge /)
    t.notOk(failure?.message.includes(new URL(url).port))
  }
})

t.test(
  'a service that is not there, or that answers something else, fails the same way',
  async (t) => {
    const gone = await startMlServing()
    await gone.close()
    const options = { token: '', runId: 'r', seed: 1 }
    await t.rejects(createMlJudge({ ...options, url: gone.url }).answer(items, never), {
      message: 'judge ml: /judge cannot be reached (ECONNREFUSED)',
    })
    const { url } = await start(t)
    await t.rejects(createMlJudge({ ...options, url: `${url}/nope` }).answer(items, never), {
      message: 'judge ml: /judge answered with status 404',
    })
  },
)

t.test('cancelling ends a call that hangs', async (t) => {
  const { judge, control } = await start(t)
  control.fault({ endpoint: 'judge', kind: 'hang' })
  const cancel = new AbortController()
  setTimeout(() => cancel.abort(), 50)
  await t.rejects(judge.answer(items, cancel.signal), { name: 'AbortError' })
})
