import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, call, Unanswered } from '../caller.ts'
import { type Person, trySignIn } from '../people.ts'
import type { Notes } from '../report.ts'
import type { FaultWorld } from '../world.ts'

/** A call that needs neighbours, what it may answer while they are ill, and how soon it must. */
interface Probe {
  name: string
  expected: readonly number[]
  withinMs: number
  /** Pause before it is asked again, in milliseconds; default 50. */
  everyMs?: number
  ask(): Promise<Answer>
}

/** What a machine that is busy with the suite itself adds to a deadline. */
const SLACK_MS = 2_500
const EVERY_MS = 50

/**
 * @param person has Todoist connected, and a device.
 * @param syncEveryMs pause between two syncs.
 */
export function probesOf(
  world: FaultWorld,
  { cookie }: Person,
  admin: string,
  syncEveryMs: number,
): Probe[] {
  const ask = (method: string, path: string, who = cookie) =>
    call(world.url, method, path, { cookie: who, patience: 60_000 })
  return [
    // Both deadlines of a tip: 0.3 and 1.5 s.
    {
      name: 'a tip',
      expected: [200],
      withinMs: 1_800,
      ask: () => ask('POST', '/api/recommend'),
    },
    {
      name: 'a notice',
      expected: [200],
      withinMs: 5_000,
      ask: () => ask('POST', '/api/push/test'),
    },
    // Head and body of the token answer, and the keys: 5 s each.
    {
      name: 'a sign-in',
      expected: [303, 502],
      withinMs: 15_000,
      ask: () => trySignIn(world, 'olive'),
    },
    {
      name: 'a sync',
      expected: [202],
      everyMs: syncEveryMs,
      withinMs: 500,
      ask: () => ask('POST', '/api/integrations/todoist/sync'),
    },
    {
      name: 'the health of all',
      expected: [200],
      withinMs: 2_000,
      ask: () => ask('GET', '/api/admin/health', admin),
    },
  ]
}

/** Goes on asking for so long, at least once each: every call is answered as it may be, and in time. */
export async function probe(
  notes: Notes,
  probes: readonly Probe[],
  during: string,
  lastsMs: number,
): Promise<void> {
  const until = performance.now() + lastsMs
  await Promise.all(
    probes.map(async (one) => {
      do {
        await askOnce(notes, one, during)
        await sleep(one.everyMs ?? EVERY_MS)
      } while (performance.now() < until)
    }),
  )
}

async function askOnce(
  notes: Notes,
  { name, expected, withinMs, ask }: Probe,
  during: string,
): Promise<void> {
  notes.count('probes')
  try {
    const { status, milliseconds } = await ask()
    const took = Math.round(milliseconds)
    notes.hold(expected.includes(status), `${during}: ${name} is answered ${status}`)
    notes.hold(took < withinMs + SLACK_MS, `${during}: ${name} takes ${took} ms`)
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    notes.hold(false, `${during}: ${name} is not answered`)
  }
}
