import { call } from '../caller.ts'
import type { Ledger } from '../ledger.ts'
import type { Person } from '../people.ts'

interface Profile {
  integrations: { provider: string; status: string }[]
  consents: { kind: string; action: 'granted' | 'withdrawn' }[]
  push: { devices: number }
}

/** What a person has switched on or off is so, and the ledger of consents tells the same. */
export async function profileOf(
  url: string,
  ledger: Ledger,
  { userId, cookie }: Person,
): Promise<string[]> {
  const answer = await call(url, 'GET', '/api/user/profile', { cookie })
  if (answer.status !== 200) return [`the profile of ${userId} answers ${answer.status}`]
  const { integrations, consents, push } = answer.body as Profile
  const todoist = integrations.find(({ provider }) => provider === 'todoist')
  const isConnected = todoist?.status !== 'disconnected'
  const wanted = { connected: ledger.connections.get(userId), device: ledger.devices.get(userId) }
  const broken: string[] = []
  if (isConnected !== (wanted.connected ?? isConnected)) {
    broken.push(`Todoist is ${todoist?.status} for ${userId}`)
  }
  if (push.devices !== (wanted.device === undefined ? push.devices : Number(wanted.device))) {
    broken.push(`${userId} has ${push.devices} devices`)
  }
  const given = { terms: true, todoist: isConnected, push: push.devices > 0 }
  for (const [kind, isGiven] of Object.entries(given)) {
    const told = consents.filter((one) => one.kind === kind).map(({ action }) => action)
    // Granted and withdrawn by turns, and each once.
    const inTurn = told.every((action, i) => action === (i % 2 === 0 ? 'granted' : 'withdrawn'))
    if (inTurn && told.length % 2 === Number(isGiven)) continue
    broken.push(`consents of ${userId} to ${kind}: ${told.slice(-5).join(', ') || 'none'}`)
  }
  return broken
}
