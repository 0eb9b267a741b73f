import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'
import { build, type Env, signInAsAdmin } from '../helper.ts'

async function listen(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function startWorld(t: Test, env: Env = {}) {
  const world = await build(t, env)
  const headers = { cookie: await signInAsAdmin(world) }
  return { ...world, health: () => world.app.inject({ url: '/api/admin/health', headers }) }
}

t.test('all is well: each check says so, MLflow is disabled without an address', async (t) => {
  const ml = await startMlServing()
  t.teardown(() => ml.close())
  const { health } = await startWorld(t, { ML_SERVING_URL: ml.url })
  const answer = await health()
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), {
    status: 'ok',
    checks: {
      api: { status: 'ok', latencyMs: Number, detail: /^up for \d+ s$/ },
      mlServing: { status: 'ok' },
      db: { status: 'ok' },
      bus: { status: 'ok', detail: 'in this process only' },
      mlflow: { status: 'disabled' },
    },
  })
})

t.test('MLflow is well when it says OK, and nothing else', async (t) => {
  const answers: [RequestListener, string][] = [
    [(_request, response) => response.end('OK'), 'ok'],
    [(_request, response) => response.writeHead(500).end('OK'), 'down'],
    [(_request, response) => response.end('<html>OK</html>'), 'down'],
    [(_request, response) => response.writeHead(302, { location: '/ok' }).end(), 'down'],
    [(_request, response) => response.end('O'.repeat(2 ** 22)), 'down'],
    [(request) => request.socket.destroy(), 'down'],
  ]
  for (const [answer, status] of answers) {
    const { health } = await startWorld(t, { MLFLOW_URL: `${await listen(t, answer)}/mlflow/` })
    t.equal((await health()).json().checks.mlflow.status, status)
  }
})

t.test('whatever hangs, the answer is there in two seconds', async (t) => {
  const ml = await startMlServing()
  t.teardown(() => ml.close())
  ml.control.fault({ endpoint: 'health', kind: 'hang' })
  const { health } = await startWorld(t, {
    ML_SERVING_URL: ml.url,
    MLFLOW_URL: await listen(t, () => {}),
  })
  const start = performance.now()
  const answer = await health()
  t.ok(performance.now() - start < 2_000)
  t.match(answer.json(), {
    status: 'down',
    checks: {
      mlServing: { status: 'down', detail: 'does not answer in time' },
      mlflow: { status: 'down', detail: 'does not answer in time' },
      db: { status: 'ok' },
    },
  })
})

t.test('a detail shows no address', async (t) => {
  const { health } = await startWorld(t, { MLFLOW_URL: 'http://127.0.0.1:9' })
  const answer = await health()
  t.match(answer.json().checks, {
    mlServing: { status: 'down', detail: 'cannot be reached' },
    mlflow: { status: 'down', detail: 'cannot be reached' },
  })
  t.notMatch(answer.body, '127.0.0.1')
})

t.test('a server that is about to stop is degraded', async (t) => {
  const ml = await startMlServing()
  t.teardown(() => ml.close())
  const { app, health } = await startWorld(t, { ML_SERVING_URL: ml.url })
  app.lifecycle.draining = true
  t.match((await health()).json(), { status: 'degraded', checks: { api: { status: 'degraded' } } })
})
