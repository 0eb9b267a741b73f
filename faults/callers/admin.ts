import { setTimeout as sleep } from 'node:timers/promises'
import { sessionCookie } from '../caller.ts'
import type { Ledger } from '../ledger.ts'
import type { Ask } from '../load.ts'
import type { Person } from '../people.ts'
import { pick } from './tips.ts'

/** An administrator who looks at the policies, switches one, and has somebody's profile made anew. */
export async function administrate(
  ask: Ask,
  ledger: Ledger,
  cookie: string,
  people: readonly Person[],
): Promise<void> {
  const listed = await ask('GET', '/api/admin/policies', [200], { cookie })
  if (listed) ledger.admin.push({ traceId: listed.traceId, path: '/api/admin/policies' })
  const { shadows = [] } = (listed?.body ?? {}) as { shadows?: { name: string }[] }
  if (shadows.length > 0) await switchPolicy(ask, ledger, cookie, pick(shadows).name)
  const path = `/api/admin/users/${pick(people).userId}/actions`
  const body = { action: 'rebuild-profile', reason: 'fault suite' }
  const rebuilt = await ask('POST', path, [200, 502, 504], { cookie, body })
  if (rebuilt) ledger.admin.push({ traceId: rebuilt.traceId, path })
  if (rebuilt?.status === 200) {
    ledger.events.push({ traceId: rebuilt.traceId, type: 'signals.admin.action' })
  }
}

async function switchPolicy(ask: Ask, ledger: Ledger, cookie: string, name: string): Promise<void> {
  const enabled = Math.random() < 0.5
  const path = `/api/admin/policies/${name}/toggle`
  ledger.policies.delete(name)
  const toggled = await ask('POST', path, [200], { cookie, body: { enabled } })
  if (!toggled) return
  ledger.policies.set(name, enabled)
  ledger.admin.push({ traceId: toggled.traceId, path })
}

/** A session of the administrator's that begins and ends. */
export async function comeAndGo(ask: Ask, ledger: Ledger, token: string): Promise<void> {
  const came = await ask('POST', '/api/auth/token', [200], { body: { token } })
  if (!came) return
  ledger.events.push({ traceId: came.traceId, type: 'signals.session.started' })
  const cookie = sessionCookie(came)
  await ask('GET', '/api/auth/session', [200], { cookie })
  const left = await ask('POST', '/api/auth/logout', [204], { cookie })
  if (!left) return
  ledger.endedSessions.push(cookie)
  ledger.events.push({ traceId: left.traceId, type: 'signals.session.ended' })
}

const LOOKS = 20
const LOOK_EVERY_MS = 250
const RUNS = '/api/admin/sim/runs'

/** A simulation that is asked for, and waited for a while, or cancelled. */
export async function simulate(ask: Ask, ledger: Ledger, cookie: string): Promise<void> {
  const body = { policy: 'random', judge: 'persona', users: 20, steps: 20, seed: 1 }
  const taken = await ask('POST', '/api/admin/sim/run', [202], { cookie, body })
  if (!taken) return
  const { id } = (taken.body as { run: { id: string } }).run
  ledger.runs.push(id)
  ledger.admin.push({ traceId: taken.traceId, path: '/api/admin/sim/run' })
  ledger.events.push({ traceId: taken.traceId, type: 'signals.sim.queued' })
  if (Math.random() < 0.3) {
    const cancelled = await ask('POST', `${RUNS}/${id}/cancel`, [202, 409], { cookie })
    if (cancelled) ledger.admin.push({ traceId: cancelled.traceId, path: `${RUNS}/${id}/cancel` })
  }
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const seen = await ask('GET', `${RUNS}/${id}`, [200], { cookie })
    const { run } = (seen?.body ?? {}) as { run?: { status: string } }
    if (run && run.status !== 'queued' && run.status !== 'running') return
    await sleep(LOOK_EVERY_MS)
  }
}
