import { take } from '../../lib/pages.js'
import { LIMIT, limitsOf, numberOf, show } from '../command.js'
import { runReport, runsReport } from '../reports.js'
import { watchRun } from '../watch-run.js'

/** @param {import('../command.js').Call} call */
async function run(call) {
  const { policy = 'linucb', judge = 'persona' } = call.options
  const client = await call.client()
  const params = /** @type {Parameters<typeof client.simulate>[0]} */ ({
    policy,
    judge,
    users: numberOf(call, 'users', 100),
    steps: numberOf(call, 'steps', 50),
    seed: numberOf(call, 'seed', 1),
  })
  const { id } = await client.simulate(params)
  if (!call.flag('detach')) {
    const { interrupted } = call
    await watchRun(client.followSimulation(id, { signal: interrupted }))
    if (interrupted.aborted) {
      process.stderr.write(`The simulation goes on. To end it: oo-admin sim cancel ${id}\n`)
      return 130
    }
  }
  const run = await client.simulation(id)
  show(call, run, runReport)
  return run.status === 'failed' || run.status === 'cancelled' ? 1 : 0
}

/** About simulations. @type {Record<string, import('../command.js').Command>} */
export const simulationCommands = {
  'sim run': {
    usage: 'sim run',
    summary: 'Start a simulation and watch it to its end',
    details: `Ctrl-C stops watching; the simulation goes on. Exit code 1 when it did not succeed.`,
    options: {
      policy: 'linucb, thompson, epsilon-greedy, rules or random (default linucb)',
      judge: 'persona or ml (default persona)',
      users: 'how many (default 100)',
      steps: 'tips per user (default 50)',
      seed: 'the same seed gives the same result (default 1)',
    },
    flags: { detach: 'do not watch' },
    example: 'oo-admin sim run --policy thompson --users 200 --seed 7',
    run,
  },
  'sim runs': {
    usage: 'sim runs',
    summary: 'Simulations, newest first',
    options: { limit: LIMIT },
    run: async (call) => {
      const { count, limit } = limitsOf(call)
      const runs = (await call.client()).simulations({ limit })
      show(call, await take(runs, count), runsReport)
    },
  },
  'sim cancel': {
    usage: 'sim cancel RUN',
    summary: 'End a simulation',
    args: 1,
    run: async (call) =>
      show(call, await (await call.client()).cancelSimulation(call.args[0] ?? ''), runReport),
  },
}
