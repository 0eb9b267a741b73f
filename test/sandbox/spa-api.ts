/**
 * A stand-in for the API, as far as the page sees it: the contract's routes over a little state in memory. It and the
 * provider pages are one origin; the sandbox's push service is a second.
 */
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import webPush, { type PushSubscription } from 'web-push'
import { listen } from '../../sandbox/listen.ts'
import { startPushService } from '../../sandbox/push/start.ts'

export interface Call {
  method: string
  path: string
  origin: string | undefined
  headers: Record<string, unknown>
  body: unknown
}

export type StandIn = Awaited<ReturnType<typeof startStandIn>>

const NOW = () => new Date().toISOString()
const daysFromNow = (days: number) =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

export const ADA = {
  id: 'u1',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  picture: null as string | null,
  role: 'user',
}

export const TASK = {
  id: 'todoist:1',
  content: 'Call the dentist',
  due: daysFromNow(-2) as string | null,
  priority: 3,
  url: 'https://app.todoist.com/app/task/1' as string | null,
}

export async function startStandIn() {
  const state = {
    webUrl: '',
    user: { ...ADA },
    declines: false,
    todoist: 'disconnected',
    lastSyncedAt: null as string | null,
    pushEnabled: true,
    devices: new Map<string, PushSubscription>(),
    sessions: [session('s1', true), session('s2', false), session('s3', false)],
    tips: [] as Record<string, unknown>[],
    tip: {
      text: 'The dentist answers until five. Two minutes, and it is off your mind.',
      task: TASK,
    },
    /** The next call of a path is answered with this problem, or cut off in the body where it is null. */
    failures: new Map<string, Record<string, unknown> | null>(),
    calls: [] as Call[],
  }
  const push = await startPushService({ port: 0 })
  const vapid = { subject: 'mailto:ops@example.com', ...webPush.generateVAPIDKeys() }
  const app = Fastify({ forceCloseConnections: true })
  await app.register(cookie)
  await app.register(cors, {
    credentials: true,
    methods: ['GET', 'POST', 'DELETE'],
    origin: (_origin, done) => done(null, state.webUrl),
  })
  app.addHook('preHandler', async (request, reply) => {
    const { method, headers, body } = request
    const path = request.url.split('?', 1)[0] ?? ''
    state.calls.push({ method, path, origin: headers.origin, headers, body })
    const failure = state.failures.get(path)
    if (failure !== undefined) {
      state.failures.delete(path)
      if (failure === null) return cutOff(reply)
      return problem(reply, failure)
    }
    const open = /^\/(authorize|connect|api\/auth\/(login|logout|session)$)/.test(path)
    if (!open && !request.cookies.sid)
      return problem(reply, { status: 401, title: 'Sign in first' })
  })
  await app.register(authRoutes)
  await app.register(integrationRoutes)
  await app.register(tipRoutes)
  await app.register(userRoutes)
  const url = await listen(app, 0)
  return {
    url,
    pushUrl: push.url,
    state,
    notify,
    called: (method: string, path: string) =>
      state.calls.filter((call) => call.method === method && call.path === path),
    close: () => Promise.all([app.close(), push.close()]),
  }

  async function notify(text: string) {
    for (const device of state.devices.values()) {
      const details = { vapidDetails: vapid, TTL: 60 }
      const { endpoint, method, headers, body } = webPush.generateRequestDetails(
        device,
        text,
        details,
      )
      const init = { method, headers: headers as Record<string, string>, body }
      const response = await fetch(endpoint, init)
      if (response.status !== 201) throw new Error(`the push service answered ${response.status}`)
    }
  }

  async function authRoutes(app: FastifyInstance) {
    app.post('/api/auth/login', async () => ({ authorizationUrl: `${url}/authorize` }))
    app.get('/authorize', async (_request, reply) => {
      if (state.declines) return reply.redirect(`${state.webUrl}/?error=access_denied`, 303)
      return reply
        .setCookie('sid', 'secret', { httpOnly: true, path: '/', sameSite: 'lax' })
        .redirect(`${state.webUrl}/`, 303)
    })
    app.get('/api/auth/session', async (request) =>
      request.cookies.sid ? { user: state.user } : {},
    )
    app.post('/api/auth/logout', async (_request, reply) =>
      reply.clearCookie('sid', { path: '/' }).code(204).send(),
    )
    app.get('/api/auth/sessions', async () => ({ items: state.sessions }))
    app.delete<{ Params: { id: string } }>('/api/auth/sessions/:id', async (request, reply) => {
      state.sessions = state.sessions.filter(({ id }) => id !== request.params.id)
      return reply.code(204).send()
    })
    app.delete('/api/auth/sessions', async (_request, reply) => {
      state.sessions = state.sessions.filter(({ current }) => current)
      return reply.code(204).send()
    })
  }

  async function integrationRoutes(app: FastifyInstance) {
    app.get('/api/integrations', async () => ({ integrations: [integration()] }))
    app.post('/api/integrations/todoist/connect', async () => ({
      authorizationUrl: `${url}/connect`,
    }))
    app.get('/connect', async (_request, reply) => {
      if (state.declines) return reply.redirect(`${state.webUrl}/?error=access_denied`, 303)
      state.todoist = 'connected'
      return reply.redirect(`${state.webUrl}/?connected=todoist`, 303)
    })
    app.post('/api/integrations/todoist/sync', async (_request, reply) => {
      state.lastSyncedAt = NOW()
      return reply.code(202).send({ startedAt: NOW() })
    })
    app.delete('/api/integrations/todoist', async (_request, reply) => {
      state.todoist = 'disconnected'
      return reply.code(204).send()
    })
  }

  async function tipRoutes(app: FastifyInstance) {
    app.post('/api/recommend', async () => {
      const tip = {
        id: `t${state.tips.length + 1}`,
        ...state.tip,
        source: 'model',
        policy: 'linucb',
        promptVersion: 'v2',
        createdAt: NOW(),
      }
      state.tips.unshift({ ...tip, feedback: [] })
      return { tip }
    })
    app.post('/api/tip/:id/feedback', async () => ({ ok: true }))
    app.get<{ Querystring: { limit: number; cursor?: string } }>('/api/tips', async (request) => {
      const from = Number(request.query.cursor ?? 0)
      const to = from + Number(request.query.limit)
      const nextCursor = to < state.tips.length ? String(to) : null
      return { items: state.tips.slice(from, to), nextCursor }
    })
  }

  async function userRoutes(app: FastifyInstance) {
    app.get('/api/user/profile', async () => ({
      ...state.user,
      createdAt: NOW(),
      integrations: [integration()],
      consents: [
        { kind: 'terms', action: 'granted', at: NOW() },
        { kind: 'todoist', action: 'withdrawn', at: NOW() },
      ],
      push: { devices: state.devices.size },
    }))
    app.get('/api/user/export', async () => ({ user: state.user, tips: state.tips }))
    app.delete('/api/user', async (_request, reply) =>
      reply.clearCookie('sid', { path: '/' }).send({
        receipt: {
          removed: { tipScores: 12, sessions: 3 },
          revoked: ['todoist'],
          mlServing: 'told',
        },
      }),
    )
    app.get('/api/push/key', async (_request, reply) => {
      if (state.pushEnabled) return { publicKey: vapid.publicKey }
      return problem(reply, { status: 503, title: 'Push is off', code: 'push_disabled' })
    })
    app.post<{ Body: PushSubscription }>('/api/push/subscribe', async (request, reply) => {
      state.devices.set(request.body.endpoint, request.body)
      return reply.code(201).send({ ok: true })
    })
    app.delete<{ Body: { endpoint: string } }>('/api/push/subscribe', async (request, reply) => {
      state.devices.delete(request.body.endpoint)
      return reply.code(204).send()
    })
    app.post('/api/push/test', async () => {
      await notify(JSON.stringify({ title: 'A test notice', body: 'It works.' }))
      return { sent: state.devices.size, removed: 0, failed: 0 }
    })
  }

  function integration() {
    const connectedAt = state.todoist === 'disconnected' ? null : NOW()
    const { todoist: status, lastSyncedAt } = state
    return {
      provider: 'todoist',
      status,
      connectedAt,
      lastSyncedAt,
      nextSyncAt: null,
      lastError: null,
      taskCount: lastSyncedAt ? 25 : 0,
    }
  }
}

function session(id: string, current: boolean) {
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/149.0 Safari/537.36'
  return { id, createdAt: NOW(), lastSeenAt: NOW(), userAgent, current }
}

function cutOff(reply: FastifyReply): void {
  const headers = { ...reply.getHeaders(), 'content-length': 100 } as Record<
    string,
    string | number
  >
  const { raw } = reply.hijack()
  raw.writeHead(200, headers).write('{', () => raw.destroy())
}

function problem(reply: FastifyReply, body: Record<string, unknown>) {
  return reply.code(Number(body.status)).type('application/problem+json').send(JSON.stringify(body))
}
