import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type CallOptions, call, sessionCookie, Unanswered } from './caller.ts'
import type { Ledger } from './ledger.ts'
import { type Person, signIn } from './people.ts'
import type { FaultWorld } from './world.ts'

export interface LoadOptions {
  world: FaultWorld
  people: readonly Person[]
  admin: string
  ledger: Ledger
  /** Statuses that are no fault just now: 503 while the disk is full. */
  tolerated?: readonly number[]
  /** Pause of each caller between two requests, in milliseconds. */
  pauseMs?: number
  /** Also sign-ins and deletions, which need the provider. Default true. */
  accounts?: boolean
}

export interface Load {
  /** Begins no more requests, and waits for those in flight. */
  stop(): Promise<void>
}

/** One request of a caller: undefined when it was not answered, or answered with what is tolerated. */
export type Ask = (
  method: string,
  path: string,
  expected: readonly number[],
  options?: CallOptions,
) => Promise<Answer | undefined>

const ACTIONS = ['viewed', 'done', 'helpful', 'snooze', 'not_helpful', 'dismiss']
const DOWN_MS = 100

/** People and an administrator who use the server at the same time, and note what it acknowledges. */
export function startLoad(options: LoadOptions): Load {
  const { world, people, admin, ledger, tolerated = [], pauseMs = 5, accounts = true } = options
  let stopped = false

  const ask: Ask = async (method, path, expected, callOptions) => {
    ledger.requests += 1
    try {
      const answer = await call(world.url, method, path, callOptions)
      const { status } = answer
      ledger.statuses.set(status, (ledger.statuses.get(status) ?? 0) + 1)
      if (expected.includes(status)) return answer
      if (!tolerated.includes(status)) {
        ledger.strange.push(`${method} ${path}: ${status} ${JSON.stringify(answer.body)}`)
      }
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
      ledger.unanswered += 1
      await sleep(DOWN_MS)
    }
    return undefined
  }

  async function repeat(turn: () => Promise<void>): Promise<void> {
    while (!stopped) {
      await turn()
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  }

  const callers = [
    ...people.flatMap((person) => [
      repeat(() => takeTip(ask, ledger, person)),
      repeat(() => synchronise(ask, ledger, person)),
    ]),
    repeat(() => administrate(ask, ledger, admin, people)),
    repeat(() => comeAndGo(ask, ledger, world.services.adminToken)),
    ...people.slice(0, 1).map((person) => repeat(() => changeDevices(ask, ledger, world, person))),
    ...(accounts ? [repeat(() => leave(ask, ledger, world))] : []),
  ]
  return {
    async stop() {
      stopped = true
      await Promise.all(callers)
    },
  }
}

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T

/** A tip, sometimes asked for twice under one key, and an answer to it, sometimes given twice. */
async function takeTip(ask: Ask, ledger: Ledger, { userId, cookie }: Person): Promise<void> {
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const first = await ask('POST', '/api/recommend', [200], { cookie, headers })
  const answer = first ?? (await ask('POST', '/api/recommend', [200, 409], { cookie, headers }))
  if (answer?.status !== 200) return
  const tipId = (answer.body as { tip: { id: string } }).tip.id
  ledger.tips.push({ userId, tipId })
  const action = pick(ACTIONS)
  const path = `/api/tip/${tipId}/feedback`
  for (let times = Math.random() < 0.2 ? 2 : 1; times > 0; times -= 1) {
    const given = await ask('POST', path, [200], { cookie, body: { action } })
    if (given) ledger.feedback.push({ userId, tipId, action, traceId: given.traceId })
  }
}

async function synchronise(ask: Ask, ledger: Ledger, { userId, cookie }: Person): Promise<void> {
  const answer = await ask('POST', '/api/integrations/todoist/sync', [202], { cookie })
  if (answer) {
    ledger.syncs.set(userId, Date.parse((answer.body as { startedAt: string }).startedAt))
  }
  await sleep(100)
}

async function administrate(
  ask: Ask,
  ledger: Ledger,
  cookie: string,
  people: readonly Person[],
): Promise<void> {
  const listed = await ask('GET', '/api/admin/policies', [200], { cookie })
  if (listed) ledger.admin.push({ traceId: listed.traceId, path: '/api/admin/policies' })
  const { shadows = [] } = (listed?.body ?? {}) as { shadows?: { name: string }[] }
  if (shadows.length > 0) {
    const { name } = pick(shadows)
    const enabled = Math.random() < 0.5
    const path = `/api/admin/policies/${name}/toggle`
    ledger.policies.delete(name)
    const toggled = await ask('POST', path, [200], { cookie, body: { enabled } })
    if (toggled) {
      ledger.policies.set(name, enabled)
      ledger.admin.push({ traceId: toggled.traceId, path })
    }
  }
  const path = `/api/admin/users/${pick(people).userId}/actions`
  const body = { action: 'rebuild-profile', reason: 'fault suite' }
  const rebuilt = await ask('POST', path, [200, 502, 504], { cookie, body })
  if (rebuilt) ledger.admin.push({ traceId: rebuilt.traceId, path })
  if (rebuilt?.status === 200) {
    ledger.events.push({ traceId: rebuilt.traceId, type: 'signals.admin.action' })
  }
}

/** A session of the administrator's that begins and ends. */
async function comeAndGo(ask: Ask, ledger: Ledger, token: string): Promise<void> {
  const came = await ask('POST', '/api/auth/token', [200], { body: { token } })
  if (!came) return
  const cookie = sessionCookie(came)
  await ask('GET', '/api/auth/session', [200], { cookie })
  const left = await ask('POST', '/api/auth/logout', [204], { cookie })
  if (!left) return
  ledger.endedSessions.push(cookie)
  ledger.events.push({ traceId: left.traceId, type: 'signals.session.ended' })
}

/** One device more, or one less. */
async function changeDevices(
  ask: Ask,
  ledger: Ledger,
  { services }: FaultWorld,
  { cookie }: Person,
): Promise<void> {
  await sleep(50)
  const known = [...ledger.devices].find(([, registered]) => registered)?.[0]
  if (known !== undefined && Math.random() < 0.5) {
    ledger.devices.delete(known)
    const body = { endpoint: known }
    const gone = await ask('DELETE', '/api/push/subscribe', [204], { cookie, body })
    if (gone) ledger.devices.set(known, false)
    return
  }
  const body = services.push.subscribe(services.env.VAPID_PUBLIC_KEY)
  if (await ask('POST', '/api/push/subscribe', [200, 201], { cookie, body })) {
    ledger.devices.set(body.endpoint, true)
  }
}

/** Somebody who signs in, gets a tip, and deletes the account. */
async function leave(ask: Ask, ledger: Ledger, world: FaultWorld): Promise<void> {
  const person = await signIn(world, 'alan').catch(() => undefined)
  if (!person) {
    await sleep(DOWN_MS)
    return
  }
  const { userId, cookie } = person
  await ask('POST', '/api/recommend', [200], { cookie })
  const deleted = await ask('DELETE', '/api/user', [200], { cookie })
  if (!deleted) return
  ledger.deletedUsers.push(userId)
  ledger.endedSessions.push(cookie)
  ledger.events.push({ traceId: deleted.traceId, type: 'signals.user.deleted' })
}
