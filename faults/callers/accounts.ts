import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../caller.ts'
import type { Ledger } from '../ledger.ts'
import { type Ask, DOWN_MS } from '../load.ts'
import { connectTodoist, type Person, personOf, signIn, trySignIn } from '../people.ts'
import type { FaultWorld } from '../world.ts'

/** Somebody who signs in, gets a tip, and deletes the account. */
export async function leave(ask: Ask, ledger: Ledger, world: FaultWorld): Promise<void> {
  const person = await join(ledger, world).catch(() => undefined)
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

async function join(ledger: Ledger, world: FaultWorld): Promise<Person> {
  const answer = await trySignIn(world, 'alan')
  noteMistake(ledger, answer)
  const person = await personOf(world, 'alan', answer)
  ledger.events.push({ traceId: answer.traceId, type: 'signals.session.started' })
  return person
}

/** What is away or cannot be written is answered otherwise. */
function noteMistake(ledger: Ledger, { status, body }: Answer): void {
  if (status === 500) ledger.strange.push(`on the way through a provider: ${JSON.stringify(body)}`)
}

/** Somebody who connects Todoist, and disconnects it, and connects it anew. */
export function reconnect(ask: Ask, ledger: Ledger, world: FaultWorld): () => Promise<void> {
  let person: Person | undefined

  async function connect({ userId, cookie }: Person): Promise<void> {
    const answer = await connectTodoist(world, { userId, cookie })
    noteMistake(ledger, answer)
    if (answer.status !== 303) return
    ledger.connections.set(userId, true)
    ledger.events.push({ traceId: answer.traceId, type: 'signals.integration.connected' })
  }

  async function disconnect({ userId, cookie }: Person, known: boolean): Promise<void> {
    const answer = await ask('DELETE', '/api/integrations/todoist', [204], { cookie })
    if (!answer) return
    ledger.connections.set(userId, false)
    // In doubt it may have been disconnected before, and then there is nothing to tell.
    if (!known) return
    ledger.events.push({ traceId: answer.traceId, type: 'signals.integration.disconnected' })
  }

  return async () => {
    try {
      if (!person) {
        person = await signIn(world, 'uma')
        ledger.others.push(person)
      }
      const was = ledger.connections.get(person.userId)
      ledger.connections.delete(person.userId)
      await (was === false ? connect(person) : disconnect(person, was === true))
    } catch {
      // The server is away, or cannot write: it is tried again.
    }
    await sleep(2 * DOWN_MS)
  }
}
