import t from 'tap'
import type { Scenario } from '../report.ts'

/** Runs the short form of a scenario. @param done what must at least have been done, by name. */
export function runScenario(scenario: Scenario, done: Record<string, number>): void {
  t.test(`${scenario.name}: nothing acknowledged is lost`, async (t) => {
    const { counts, broken } = await scenario.run({ short: true })
    t.same(broken, [], 'everything holds')
    for (const [what, atLeast] of Object.entries(done)) {
      t.ok((counts[what] ?? 0) >= atLeast, `${counts[what] ?? 0} ${what}`)
    }
  })
}
