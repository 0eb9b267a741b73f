import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import webPush from 'web-push'
import { startIdentity } from '../../sandbox/identity/start.ts'
import { tamperings } from '../../sandbox/identity/tamper.ts'
import { signInThroughPages } from '../../sandbox/identity/walk.ts'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'
import { startPushService } from '../../sandbox/push/start.ts'
import { startTodoist } from '../../sandbox/todoist/start.ts'
import { approveTodoist } from '../../sandbox/todoist/walk.ts'
import { API, build, cookiesOf, type Env, type TestApp } from '../helper.ts'
import { until } from '../src/integrations/world.ts'

/** Secrets of the configuration, each of them findable. */
const SECRETS: Env = {
  SESSION_SECRET: 'canary-session-secret-0123456789abcdef',
  ENCRYPTION_KEYS: 'canary-encryption-key-0123456789abcdef',
  GOOGLE_CLIENT_SECRET: 'canary-google-secret-0123456789abcdef',
  TODOIST_CLIENT_SECRET: 'canary-todoist-secret-0123456789abcdef',
  ML_SERVING_TOKEN: 'canary-ml-token-0123456789abcdef',
  ADMIN_TOKEN: 'canary-admin-token-0123456789abcdef',
  METRICS_TOKEN: 'canary-metrics-token-0123456789abcdef',
}

/** A Sentry that keeps what it is sent. */
async function startSentry(t: Test) {
  const envelopes: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    envelopes.push(
      (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(),
    )
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { dsn: `http://public@127.0.0.1:${(server.address() as AddressInfo).port}/1`, envelopes }
}

async function startWorld(t: Test) {
  const identity = await startIdentity({
    port: 0,
    clientId: 'oo-test',
    clientSecret: SECRETS.GOOGLE_CLIENT_SECRET as string,
    redirectUris: [`${API}/api/auth/callback`],
  })
  const todoist = await startTodoist({
    port: 0,
    clientId: 'todoist-test',
    clientSecret: SECRETS.TODOIST_CLIENT_SECRET as string,
    redirectUri: `${API}/api/integrations/todoist/callback`,
  })
  const ml = await startMlServing({ token: SECRETS.ML_SERVING_TOKEN as string })
  const push = await startPushService({ port: 0 })
  const services = [identity, todoist, ml, push]
  t.teardown(() => Promise.all(services.map((service) => service.close())))
  const sentry = await startSentry(t)
  const vapid = webPush.generateVAPIDKeys()
  const world = await build(t, {
    ...SECRETS,
    LOG_LEVEL: 'trace',
    GOOGLE_ISSUER: identity.issuer,
    TODOIST_AUTH_URL: todoist.url,
    TODOIST_API_URL: todoist.url,
    ML_SERVING_URL: ml.url,
    VAPID_PUBLIC_KEY: vapid.publicKey,
    VAPID_PRIVATE_KEY: vapid.privateKey,
    VAPID_SUBJECT: 'mailto:ops@example.com',
    PUSH_ALLOWED_ORIGINS: push.url,
    SENTRY_DSN: sentry.dsn,
  })
  const basic = (id: string, secret = '') => Buffer.from(`${id}:${secret}`).toString('base64')
  const canaries = new Set([
    ...Object.values(SECRETS),
    vapid.privateKey,
    basic('oo-test', SECRETS.GOOGLE_CLIENT_SECRET),
    basic('todoist-test', SECRETS.TODOIST_CLIENT_SECRET),
  ])
  return { world, identity, todoist, ml, push, sentry, canaries }
}

type World = Awaited<ReturnType<typeof startWorld>>

/** A browser that notes every secret that passes through its hands. */
function createBrowser({ world, canaries }: World) {
  const jar = new Map<string, string>()
  const problems: string[] = []
  const note = (secret: string | null | undefined) => {
    if (secret && secret.length >= 16) canaries.add(secret)
  }
  async function send(request: InjectOptions) {
    const cookie = [...jar.values()].join('; ')
    const headers = { accept: 'application/json', cookie, ...request.headers }
    const answer = await world.app.inject({ ...request, headers })
    for (const [name, pair] of Object.entries(cookiesOf(answer.headers))) {
      jar.set(name, pair)
      const value = decodeURIComponent(pair.slice(name.length + 1))
      note(value)
      // What is signed: the session id or the browser's secret itself.
      note(value.split(':')[1]?.split('.')[0])
    }
    if (answer.statusCode >= 400) problems.push(answer.body)
    return answer
  }
  return {
    problems,
    note,
    send,
    post: (url: string, payload: object = {}) => send({ method: 'POST', url, payload }),
    /** To another service and back to the callback, with the code and the state. */
    async goThere(start: string, walk: (authorizationUrl: string) => Promise<string>) {
      const { authorizationUrl } = (await this.post(start)).json()
      for (const name of ['state', 'nonce']) note(new URL(authorizationUrl).searchParams.get(name))
      const back = new URL(await walk(authorizationUrl))
      note(back.searchParams.get('code'))
      return send({ url: back.pathname + back.search })
    },
    signIn() {
      return this.goThere('/api/auth/login', (authorizationUrl) =>
        signInThroughPages({ authorizationUrl, login: 'ada' }),
      )
    },
    connect() {
      return this.goThere('/api/integrations/todoist/connect', (authorizationUrl) =>
        approveTodoist({ authorizationUrl }),
      )
    },
  }
}

const noteTokens = ({ todoist, canaries }: World) => {
  for (const { accessToken, refreshToken } of todoist.control.tokens()) {
    canaries.add(accessToken)
    if (refreshToken) canaries.add(refreshToken)
  }
}

const everything = async ({ app, config, log }: TestApp) => {
  const files = ['', '-wal'].map((suffix) => readFile(config.DATABASE_PATH + suffix, 'latin1'))
  const events = await app.db.selectFrom('events').selectAll().execute()
  return {
    log: log.map((line) => JSON.stringify(line)).join('\n'),
    events: JSON.stringify(events),
    database: (await Promise.all(files)).join(''),
  }
}

t.test('no secret that goes through any flow, well or ill, is written anywhere', async (t) => {
  const all = await startWorld(t)
  const { world, identity, todoist, ml, push, sentry, canaries } = all
  const { app } = world
  const browser = createBrowser(all)

  // Signing in, with a provider that fails in every way, and at last does not.
  for (const kind of ['error500', 'html', 'huge', 'redirect'] as const) {
    identity.fault('token', kind)
    t.equal((await browser.signIn()).statusCode, 502, kind)
  }
  identity.fault('token', undefined)
  for (const lie of tamperings) {
    identity.tamper(lie)
    t.equal((await browser.signIn()).statusCode, 502, lie)
  }
  identity.tamper(undefined)
  t.equal((await browser.signIn()).statusCode, 303)
  const replay = {
    url: '/api/auth/callback?state=canary-state-of-nobody&code=canary-code-of-nobody',
  }
  browser.note('canary-state-of-nobody')
  browser.note('canary-code-of-nobody')
  t.equal((await browser.send(replay)).statusCode, 400)

  // Todoist: connecting, syncing and disconnecting, each with failures.
  for (const kind of ['500', 'html', 'broken-json', '401'] as const) {
    todoist.control.setFault({ endpoint: 'token', fault: { kind } })
    t.equal((await browser.connect()).statusCode, 502, kind)
  }
  todoist.control.setFault({ endpoint: 'token', fault: null })
  t.equal((await browser.connect()).statusCode, 303)
  noteTokens(all)
  for (const kind of ['500', 'html', 'broken-json', '401'] as const) {
    todoist.control.setFault({ endpoint: 'sync', fault: { kind, times: 1 } })
    await browser.post('/api/integrations/todoist/sync')
    await until(async () => {
      const row = await app.db
        .selectFrom('integrations')
        .select('sync_lease_until')
        .executeTakeFirst()
      return row?.sync_lease_until === null
    })
    noteTokens(all)
  }

  // Tips, with an ml/serving that fails; push, with a service that does.
  for (const kind of ['500', 'html', 'reset', 'half-body'] as const) {
    ml.control.fault({ endpoint: '*', kind, times: 2 })
    t.equal((await browser.post('/api/recommend')).statusCode, 200)
  }
  const device = push.subscribe()
  for (const secret of [new URL(device.endpoint).pathname, ...Object.values(device.keys)]) {
    browser.note(secret)
  }
  await browser.post('/api/push/subscribe', device)
  await browser.post('/api/push/subscribe', { ...device, keys: { ...device.keys, p256dh: 'x' } })
  push.fault(device.endpoint, { status: 500 })
  await browser.post('/api/push/test')
  await browser.send({ url: '/api/user/export' })

  // Disconnecting while the provider is down: the token waits to be revoked.
  todoist.control.setFault({ endpoint: 'revoke', fault: { kind: '500' } })
  await browser.send({ method: 'DELETE', url: '/api/integrations/todoist' })

  // The administrator, the proxy, metrics, and whoever guesses.
  await browser.post('/api/auth/token', { token: 'canary-guess-of-a-token' })
  browser.note('canary-guess-of-a-token')
  await browser.post('/api/auth/token', { token: SECRETS.ADMIN_TOKEN })
  const bearer = (token = '') => ({ authorization: `Bearer ${token}` })
  const metrics = { url: '/metrics', headers: bearer(SECRETS.METRICS_TOKEN) }
  t.equal((await browser.send(metrics)).statusCode, 200)
  await browser.send({ url: '/metrics', headers: bearer('canary-guess-of-a-token') })
  ml.control.fault({ endpoint: '*', kind: 'html', times: 2 })
  await browser.send({ url: '/api/ml/policies', headers: bearer('canary-guess-of-a-token') })
  await browser.post('/api/admin/sim/run', { policy: 'random', judge: 'persona' })

  // A database that fails under every flow.
  for (const table of ['integrations', 'push_subscriptions', 'tip_scores', 'sessions', 'events']) {
    await app.db.schema.alterTable(table).renameTo('gone').execute()
    await browser.signIn().catch(() => {})
    await browser.connect().catch(() => {})
    await browser.post('/api/push/subscribe', device)
    await browser.post('/api/recommend')
    await browser.post('/api/auth/token', { token: SECRETS.ADMIN_TOKEN })
    await app.db.schema.alterTable('gone').renameTo(table).execute()
  }

  const places: Record<string, string> = {
    ...(await everything(world)),
    problems: browser.problems.join('\n'),
  }
  await app.close()
  places.sentry = sentry.envelopes.join('\n')
  for (const [place, text] of Object.entries(places))
    t.ok(text.length > 200, `${place} is not empty`)
  t.ok(canaries.size > 40, `${canaries.size} secrets were noted`)
  t.match(places.log, '"level":"error"')
  for (const [place, text] of Object.entries(places)) {
    for (const canary of canaries) {
      for (const form of [
        canary,
        encodeURIComponent(canary),
        JSON.stringify(canary).slice(1, -1),
      ]) {
        const at = text.indexOf(form)
        if (at === -1) continue
        t.fail(`${place} holds ${canary}`, { around: text.slice(Math.max(0, at - 200), at + 100) })
        break
      }
    }
  }
})
