import { setTimeout as sleep } from 'node:timers/promises'
import type { Ledger } from '../ledger.ts'
import type { Ask } from '../load.ts'
import type { Person } from '../people.ts'
import type { FaultWorld } from '../world.ts'

const ACTIONS = ['viewed', 'done', 'helpful', 'snooze', 'not_helpful', 'dismiss']

export const pick = <T>(items: readonly T[]): T =>
  items[Math.floor(Math.random() * items.length)] as T

/** A tip, sometimes asked for twice under one key, and an answer to it, sometimes given twice. */
export async function takeTip(ask: Ask, ledger: Ledger, { userId, cookie }: Person): Promise<void> {
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

export async function synchronise(
  ask: Ask,
  ledger: Ledger,
  { userId, cookie }: Person,
  pauseMs: number,
): Promise<void> {
  const answer = await ask('POST', '/api/integrations/todoist/sync', [202], { cookie })
  if (answer) {
    ledger.syncs.set(userId, Date.parse((answer.body as { startedAt: string }).startedAt))
  }
  await sleep(pauseMs)
}

/** Somebody with one device, who wants notices, and then does not. */
export async function switchDevice(
  ask: Ask,
  ledger: Ledger,
  { services }: FaultWorld,
  { userId, cookie }: Person,
): Promise<void> {
  const { push, env } = services
  const browser = ledger.browsers.get(userId) ?? push.subscribe(env.VAPID_PUBLIC_KEY)
  ledger.browsers.set(userId, browser)
  const wanted = !ledger.devices.get(userId)
  ledger.devices.delete(userId)
  const path = '/api/push/subscribe'
  const { endpoint } = browser
  const done = wanted
    ? await ask('POST', path, [200, 201], { cookie, body: browser })
    : await ask('DELETE', path, [204], { cookie, body: { endpoint } })
  if (done) ledger.devices.set(userId, wanted)
  await sleep(50)
}
