import t, { type Test } from 'tap'
import { type MlServing, startMlServing } from '../../../sandbox/ml-serving/index.ts'
import { createMlClient, type MlConfig } from '../../../src/ml/client.ts'

const trace = { traceId: 'a'.repeat(32) }

async function start(t: Test, change: Partial<MlConfig> = {}) {
  const service: MlServing = await startMlServing({ token: change.ML_SERVING_TOKEN ?? '' })
  t.teardown(() => service.close())
  const ml = createMlClient({
    config: {
      ML_SERVING_URL: service.url,
      ML_SERVING_TOKEN: '',
      ML_SCORE_TIMEOUT_MS: 5_000,
      ML_GENERATE_TIMEOUT_MS: 5_000,
      ...change,
    },
  })
  t.teardown(() => ml.close())
  return { ml, control: service.control }
}

const failureOf = (call: Promise<unknown>) => call.then(() => undefined).catch((error) => error)

t.test('every call carries trace, deadline and bearer', async (t) => {
  const { ml, control } = await start(t, { ML_SERVING_TOKEN: 'secret' })
  await ml.policies(trace)
  await ml.health({ ...trace, tracestate: 'v=1' }, 700)
  await ml.resetUser('u/1', 'r1', 'asked for', trace)
  await ml.rebuildUser('u/1', 'r2', trace)
  await ml.deleteUser('u/1', trace)
  const calls = control.requests()
  t.same(
    calls.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /policies',
      'GET /health',
      'POST /users/u%2F1/reset',
      'POST /users/u%2F1/rebuild',
      'DELETE /users/u%2F1',
    ],
  )
  for (const { headers } of calls) {
    t.equal(headers.authorization, 'Bearer secret')
    t.match(headers.traceparent, new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`))
    t.match(headers['x-deadline-ms'], /^[1-9]\d*$/)
  }
  t.equal(new Set(calls.map(({ headers }) => headers.traceparent)).size, calls.length)
  t.equal(calls[1]?.headers.tracestate, 'v=1')
  t.ok(Number(calls[1]?.headers['x-deadline-ms']) <= 700)
  t.notOk('tracestate' in (calls[0]?.headers ?? {}))
})

t.test('a trace that is not sampled stays so, a broken one is replaced', async (t) => {
  const { ml, control } = await start(t)
  await ml.health({ ...trace, traceparent: `00-${'b'.repeat(32)}-${'c'.repeat(16)}-00` })
  await ml.health({ ...trace, traceparent: 'nonsense' })
  const [first, second] = control.requests().map(({ headers }) => headers.traceparent)
  t.match(first, new RegExp(`^00-${'b'.repeat(32)}-(?!c{16})[0-9a-f]{16}-00$`))
  t.match(second, new RegExp(`^00-${'a'.repeat(32)}-`))
})

t.test('a call that gives nothing usable says what happened and no more', async (t) => {
  const { ml, control } = await start(t, { ML_SERVING_TOKEN: 'secret' })
  control.fault({ endpoint: 'policies', kind: 'html' })
  t.match(await failureOf(ml.policies(trace)), { failure: 'invalid' })
  control.fault({ endpoint: 'delete', kind: '500' })
  const error = await failureOf(ml.deleteUser('someone@example.com', trace))
  t.match(error, { name: 'UpstreamError', failure: 'status', status: 500 })
  t.notMatch(String(error), /example|127|localhost|secret/)
  control.fault({ endpoint: 'health', kind: 'hang' })
  t.match(await failureOf(ml.health(trace, 50)), { failure: 'timeout' })
})
