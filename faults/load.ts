import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type CallOptions, call, Unanswered } from './caller.ts'
import { leave, reconnect } from './callers/accounts.ts'
import { administrate, comeAndGo, simulate } from './callers/admin.ts'
import { switchDevice, synchronise, takeTip } from './callers/tips.ts'
import type { Ledger } from './ledger.ts'
import type { Person } from './people.ts'
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
  /**
   * Milliseconds between a person's syncs. Todoist takes a thousand of them in a quarter of an hour, and so the server
   * has no more of them either. Default 1,200.
   */
  syncEveryMs?: number
  /** Also sign-ins, deletions and connections, which need the provider and Todoist. Default true. */
  accounts?: boolean
  /** Also simulations. Default false. */
  simulations?: boolean
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

/** How long somebody waits who finds that nothing works, in milliseconds. */
export const DOWN_MS = 100

/** People and an administrator who use the server at the same time, and note what it acknowledges. */
export function startLoad(options: LoadOptions): Load {
  const {
    world,
    people,
    admin,
    ledger,
    pauseMs = 5,
    syncEveryMs = 1_200,
    accounts = true,
  } = options
  const ask = asking(options)
  let stopped = false

  async function repeat(turn: () => Promise<void>): Promise<void> {
    while (!stopped) {
      await turn()
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  }

  const callers = [
    ...people.flatMap((person) => [
      repeat(() => takeTip(ask, ledger, person)),
      repeat(() => synchronise(ask, ledger, person, syncEveryMs)),
    ]),
    ...people.slice(0, 1).map((person) => repeat(() => switchDevice(ask, ledger, world, person))),
    repeat(() => administrate(ask, ledger, admin, people)),
    repeat(() => comeAndGo(ask, ledger, world.services.adminToken)),
    ...(accounts
      ? [repeat(() => leave(ask, ledger, world)), repeat(reconnect(ask, ledger, world))]
      : []),
    ...(options.simulations ? [repeat(() => simulate(ask, ledger, admin))] : []),
  ]
  return {
    async stop() {
      stopped = true
      await Promise.all(callers)
    },
  }
}

function asking({ world, ledger, tolerated = [] }: LoadOptions): Ask {
  return async (method, path, expected, callOptions) => {
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
}
