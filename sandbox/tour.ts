import { adminSignIn, adminSteps } from './tour/admin.ts'
import { leavingSteps, personSteps } from './tour/person.ts'
import { createVisitor } from './tour/visitor.ts'
import { startWorld } from './world.ts'

/**
 * `npm run tour`: the sandbox without a person. Each step is one line with its time; exit 0 only when every one held.
 */
const started = performance.now()
let step = 'the world starts'
let stepStarted = started

function done(note: string): void {
  const ms = Math.round(performance.now() - stepStarted)
  console.log(`✓ ${step.padEnd(58)} ${String(ms).padStart(6)} ms  ${note}`)
}

function begin(name: string): void {
  step = name
  stepStarted = performance.now()
}

const world = await startWorld()
done(world.api.url)
let failed = false
try {
  const ada = createVisitor(world.api.url, world.webUrl)
  const admin = createVisitor(world.api.url, world.webUrl)
  const steps = [
    adminSignIn(world, admin),
    ...personSteps(world, ada, admin),
    ...adminSteps(world, ada, admin),
    ...leavingSteps(world, ada),
  ]
  for (const [name, run] of steps) {
    begin(name)
    done(await run())
  }
} catch (error) {
  failed = true
  console.log(`✗ ${step}\n  ${(error as Error).message}`)
}
begin('the server drains and ends, nothing is left behind')
const exitCode = await world.close()
if (exitCode === 0) done('exit 0')
else console.log(`✗ ${step}\n  it ended with ${exitCode}`)
if (failed || exitCode !== 0) {
  console.log('The server’s last lines:')
  for (const line of world.api.lines.slice(-15)) console.log(`  ${line}`)
  process.exit(1)
}
console.log(`Everything held, in ${((performance.now() - started) / 1_000).toFixed(1)} s.`)
