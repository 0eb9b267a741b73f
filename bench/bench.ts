import { join } from 'node:path'
import { apiEnvironment } from './environment.ts'
import type { Load } from './load/start.ts'
import type { Compared } from './rounds.ts'
import { type Server, startServer } from './server.ts'

/** What a case is given. */
export interface Bench {
  load: Load
  /** For its files; removed afterwards. */
  folder: string
  /** Of load in a round that compares rates. */
  seconds: number
  rounds: number
  /** The same where the slowest answers count: of them there must be enough in each round. */
  tail: { seconds: number; rounds: number }
  /** A smaller world, for a look in between. */
  quick: boolean
  /** Starts the server on a database, its log going to a file. */
  api(databasePath: string, env?: Record<string, string>): Promise<Server>
  /** Starts a script of `references/`. */
  reference(name: string, env: Record<string, string>, core?: 'measured' | 'load'): Promise<Server>
}

/** A line of the table. */
export interface Row {
  name: string
  ours: string
  reference: string
  ratio: number
  budget: { atLeast: number } | { atMost: number }
}

export interface Case {
  name: string
  run(bench: Bench): Promise<Row[]>
}

/** The part of a bench that starts servers. @param started told of each, so that none is left behind. */
export function servers(
  folder: string,
  started: (server: Server) => void,
): Pick<Bench, 'api' | 'reference'> {
  async function start(...options: Parameters<typeof startServer>): Promise<Server> {
    const server = await startServer(...options)
    started(server)
    return server
  }
  return {
    api: (databasePath, env) =>
      start(new URL('../src/server.ts', import.meta.url), {
        core: 'measured',
        env: apiEnvironment(databasePath, env),
        output: join(folder, 'api.log'),
      }),
    reference: (name, env, core = 'measured') =>
      start(new URL(`references/${name}.ts`, import.meta.url), {
        core,
        env: { NODE_ENV: 'production', ...env },
        output: join(folder, `${name}.log`),
      }),
  }
}

/** A comparison of throughput as a line of the table. */
export const throughput = (name: string, compared: Compared, atLeast: number): Row => ({
  name,
  ours: perSecond(compared.ours),
  reference: perSecond(compared.reference),
  ratio: compared.ratio,
  budget: { atLeast },
})

const perSecond = ({ rate, cpu }: Compared['ours']): string =>
  `${Math.round(rate)} /s, ${Math.round(cpu)} µs`

export const isMet = ({ ratio, budget }: Row): boolean =>
  'atLeast' in budget ? ratio >= budget.atLeast : ratio <= budget.atMost
