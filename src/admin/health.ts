import { setTimeout as sleep } from 'node:timers/promises'
import type { AdminHealthBody, CheckBody } from '../../schemas/admin.ts'
import type { Check, Finding } from './checks.ts'

/** What each check is given, in milliseconds. */
export const CHECK_TIMEOUT_MS = 1_000

type Name = keyof AdminHealthBody['checks']

/** From best to worst; what is disabled counts as nothing. */
const SEVERITY = ['disabled', 'ok', 'degraded', 'down']

/** Runs all checks at once, each with a deadline of its own: the answer comes in time whatever hangs. */
export async function examine(checks: Record<Name, Check>): Promise<AdminHealthBody> {
  const names = Object.keys(checks) as Name[]
  const found = await Promise.all(names.map(async (name) => [name, await carryOut(checks[name])]))
  const results: AdminHealthBody['checks'] = Object.fromEntries(found)
  const worst = Math.max(...Object.values(results).map(({ status }) => SEVERITY.indexOf(status)))
  return { status: SEVERITY[Math.max(worst, SEVERITY.indexOf('ok'))] as string, checks: results }
}

async function carryOut(check: Check): Promise<CheckBody> {
  const start = performance.now()
  const deadline = new AbortController()
  const late = sleep(CHECK_TIMEOUT_MS, undefined, { signal: deadline.signal })
    .catch(() => {})
    .then((): Finding => ({ status: 'down', detail: 'does not answer in time' }))
  const finding = check(AbortSignal.timeout(CHECK_TIMEOUT_MS)).catch(
    (): Finding => ({ status: 'down', detail: 'cannot be reached' }),
  )
  const first = await Promise.race([finding, late])
  deadline.abort()
  return { ...first, latencyMs: Math.round(performance.now() - start) }
}
