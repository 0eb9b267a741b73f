import { parseArgs } from 'node:util'
import type { Report, Scenario } from './report.ts'
import { crash } from './scenarios/crash.ts'
import { disk } from './scenarios/disk.ts'
import { neighbours } from './scenarios/neighbours.ts'
import { overload } from './scenarios/overload.ts'
import { shutdown } from './scenarios/shutdown.ts'
import { soak } from './scenarios/soak.ts'
import { time } from './scenarios/time.ts'
import { twins } from './scenarios/twins.ts'

/**
 * `npm run faults [-- --short] [--crashes N] [--json] [scenario …]`: breaks things under load and checks from outside
 * that nothing acknowledged is lost. Exit status 1 when something does not hold.
 */
const SCENARIOS: readonly Scenario[] = [
  crash,
  disk,
  neighbours,
  overload,
  shutdown,
  twins,
  time,
  soak,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    crashes: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => !SCENARIOS.some((one) => one.name === name))
if (unknown.length > 0) {
  const known = SCENARIOS.map(({ name }) => name).join(', ')
  throw new Error(`no such scenario: ${unknown.join(', ')}; there are ${known}`)
}
const extent = { short: values.short, ...(values.crashes && { crashes: Number(values.crashes) }) }
const wanted = SCENARIOS.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
)

for (const scenario of wanted) {
  const startedAt = performance.now()
  const report = await scenario.run(extent)
  if (values.json) console.log(JSON.stringify(report))
  else print(report, (performance.now() - startedAt) / 1_000)
  if (report.broken.length > 0) process.exitCode = 1
}

function print({ scenario, counts, broken }: Report, seconds: number): void {
  const done = Object.entries(counts).map(([what, times]) => `${times} ${what}`)
  console.log(`${scenario} (${seconds.toFixed(0)} s): ${done.join(', ')}`)
  for (const one of broken) console.log(`  does not hold: ${one}`)
}
