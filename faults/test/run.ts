import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Report, Scenario } from '../report.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** Less than tap's patience: whoever is killed by tap leaves processes behind. */
const PATIENCE_MS = 220_000

/** Runs the short form of a scenario. @param done what must at least have been done, by name. */
export function runScenario({ name }: Scenario, done: Record<string, number>): void {
  t.test(`${name}: nothing acknowledged is lost`, async (t) => {
    const { counts, broken } = await runAlone(name)
    t.same(broken, [], 'everything holds')
    for (const [what, atLeast] of Object.entries(done)) {
      t.ok((counts[what] ?? 0) >= atLeast, `${counts[what] ?? 0} ${what}`)
    }
  })
}

/**
 * Runs it as `npm run faults` does, without what tap loads into every process that a test starts: that catches signals
 * which a server ignores, and SIGXFSZ, which tells of a file that may not grow, would end it.
 *
 * @throws with what it printed, when there is no report.
 */
async function runAlone(name: string): Promise<Report> {
  const args = ['-u', 'NODE_OPTIONS', process.execPath, MAIN, '--short', '--json', name]
  const child = spawn('env', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const endAll = () => process.kill(-(child.pid as number), 'SIGKILL')
  const timer = setTimeout(endAll, PATIENCE_MS)
  const [printed, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  clearTimeout(timer)
  const line = printed.split('\n').find((one) => one.startsWith('{'))
  if (line === undefined) throw new Error(`no report of ${name}:\n${printed}${errors}`)
  return JSON.parse(line)
}
