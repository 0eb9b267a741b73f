import { call } from '../caller.ts'
import { type Person, todoistOf, trySignIn } from '../people.ts'
import type { Notes } from '../report.ts'
import { eventually, type FaultWorld, metric } from '../world.ts'

/** A breaker lets one call try every five seconds; a sync waits for up to four intervals. */
const HEALS_WITHIN_S = 40

/** The breakers close, and everything works again. @param person has Todoist connected, and a device. */
export async function expectHealed(
  world: FaultWorld,
  notes: Notes,
  person: Person,
  after: string,
): Promise<void> {
  const { url } = world
  const { cookie } = person
  const healedAt = Date.now()
  const works: Record<string, () => Promise<boolean>> = {
    'tips come from the model, and its breakers are closed': async () => {
      const { body } = await call(url, 'POST', '/api/recommend', { cookie })
      const open = await Promise.all(
        ['score', 'generate'].map((one) => metric(url, 'oo_ml_circuit_open', `operation="${one}"`)),
      )
      const { source } = (body as { tip: { source: string } }).tip
      return source === 'model' && open.every((value) => value === 0)
    },
    'notices arrive': async () => {
      const { body } = await call(url, 'POST', '/api/push/test', { cookie })
      return (body as { sent: number }).sent === 1
    },
    'people can sign in': async () => (await trySignIn(world, 'olive')).status === 303,
    'tasks are synced': async () => {
      const { status, lastSyncedAt } = await todoistOf(url, person)
      return status === 'connected' && Date.parse(lastSyncedAt ?? '') > healedAt
    },
  }
  await Promise.all(
    Object.entries(works).map(async ([what, check]) => {
      const healed = await eventually(HEALS_WITHIN_S, check)
      notes.hold(healed, `${after}: after ${HEALS_WITHIN_S} s it does not hold that ${what}`)
    }),
  )
}
