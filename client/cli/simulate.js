import { numberOf, show } from './commands.js'
import { runReport } from './reports.js'
import { progressBar, rewrite, sparkline } from './terminal.js'

/** @typedef {import('./commands.js').Call} Call */

/** @param {Call} call */
export async function runSimulation(call) {
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
    await watch(client.followSimulation(id, { signal: call.interrupted }))
    if (call.interrupted.aborted) return 130
  }
  const run = await client.simulation(id)
  show(call, run, runReport)
  return run.status === 'failed' || run.status === 'cancelled' ? 1 : 0
}

/** @param {Call} call */
export async function cancelSimulation(call) {
  const run = await (await call.client()).cancelSimulation(call.args[0] ?? '')
  show(call, run, runReport)
}

/** How far it is, and how reward and regret grow, in one line that is written over. @param {AsyncIterable<string>} lines */
async function watch(lines) {
  /** @type {number[]} */
  const rewards = []
  /** @type {number[]} */
  const regrets = []
  let bar = ''
  for await (const text of lines) {
    const line = parse(text)
    if (line.t === 'progress') bar = progressBar(line.done ?? 0, line.total ?? 0)
    if (line.t === 'metric') {
      rewards.push(line.reward ?? 0)
      regrets.push(line.regret ?? 0)
    }
    if (rewards.length > 0) rewrite(`${bar}  reward ${curve(rewards)}  regret ${curve(regrets)}`)
  }
  rewrite('')
}

/** What each stretch added: a flat curve learns nothing more. @param {number[]} totals */
function curve(totals) {
  const gains = totals.map((total, at) => total - (totals[at - 1] ?? 0))
  return `${sparkline(gains, 16)} ${totals.at(-1)?.toFixed(1)}`
}

/** @param {string} text @returns {{ t?: string, done?: number, total?: number, reward?: number, regret?: number }} */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    // A simulator may also write plain text.
    return {}
  }
}
