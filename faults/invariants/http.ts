import { call } from '../caller.ts'
import type { Ledger } from '../ledger.ts'
import { type Person, todoistOf } from '../people.ts'
import { profileOf } from './profile.ts'

interface Exported {
  tips: { id: string; feedback: { action: string }[] }[]
  events: { id: string; type: string; payload: { tipId?: string; action?: string } }[]
}

/** What people and the administrator see of a running server. @returns what does not hold. */
export async function askAround(
  url: string,
  ledger: Ledger,
  people: readonly Person[],
  admin: string,
): Promise<string[]> {
  const broken: string[] = []
  for (const person of people) {
    broken.push(...(await exportOf(url, ledger, person)), ...(await syncOf(url, ledger, person)))
  }
  for (const person of [...people, ...ledger.others]) {
    broken.push(...(await profileOf(url, ledger, person)))
  }
  broken.push(...(await endedSessions(url, ledger)), ...(await adminView(url, ledger, admin)))
  return broken
}

/** Each acknowledged tip is there, and each acknowledged answer once, with one event. */
async function exportOf(
  url: string,
  ledger: Ledger,
  { userId, cookie }: Person,
): Promise<string[]> {
  const broken: string[] = []
  const answer = await call(url, 'GET', '/api/user/export', { cookie, patience: 60_000 })
  if (answer.status !== 200) return [`the export of ${userId} answers ${answer.status}`]
  const { tips, events } = answer.body as Exported
  const byId = new Map(tips.map((tip) => [tip.id, tip]))
  for (const { tipId } of ledger.tips.filter((one) => one.userId === userId)) {
    if (!byId.has(tipId)) broken.push(`tip ${tipId} was given and is gone`)
  }
  const told = countBy(
    events.filter(({ type }) => type === 'signals.tip.feedback'),
    ({ payload }) => `${payload.tipId} ${payload.action}`,
  )
  for (const { tipId, action } of ledger.feedback.filter((one) => one.userId === userId)) {
    const found = byId.get(tipId)?.feedback.filter((one) => one.action === action).length ?? 0
    if (found !== 1) broken.push(`${action} to tip ${tipId} is stored ${found} times`)
    const times = told.get(`${tipId} ${action}`) ?? 0
    if (times !== 1) broken.push(`${action} to tip ${tipId} has ${times} events`)
  }
  return broken
}

/** An acknowledged sync has happened since, or is due, or Todoist did not answer well and it is tried again. */
async function syncOf(url: string, { syncs }: Ledger, person: Person): Promise<string[]> {
  const startedAt = syncs.get(person.userId)
  if (startedAt === undefined) return []
  const { status, lastSyncedAt, nextSyncAt } = await todoistOf(url, person)
  const done = lastSyncedAt !== null && Date.parse(lastSyncedAt) >= startedAt
  const due = nextSyncAt !== null && (Date.parse(nextSyncAt) <= Date.now() || status === 'failing')
  return done || due
    ? []
    : [`the sync of ${person.userId} was acknowledged and is neither done nor due`]
}

async function endedSessions(url: string, { endedSessions: ended }: Ledger): Promise<string[]> {
  const broken: string[] = []
  for (const cookie of ended) {
    const { body } = await call(url, 'GET', '/api/auth/session', { cookie })
    if ((body as { user?: object }).user) broken.push('a session that was ended lives')
  }
  return broken
}

interface PolicyList {
  shadows: { name: string; enabled: boolean }[]
}

async function adminView(url: string, ledger: Ledger, cookie: string): Promise<string[]> {
  const broken: string[] = []
  const { body } = await call(url, 'GET', '/api/admin/policies', { cookie })
  const enabled = new Map((body as PolicyList).shadows.map((one) => [one.name, one.enabled]))
  for (const [name, wanted] of ledger.policies) {
    if (enabled.get(name) !== wanted) broken.push(`policy ${name} is not ${wanted ? 'on' : 'off'}`)
  }
  return broken
}

export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}
