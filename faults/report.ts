/** What a scenario did and found. */
export interface Report {
  scenario: string
  /** What was done, by name: crashes, faults, requests. */
  counts: Record<string, number>
  /** Statements that did not hold; empty when all is well. */
  broken: string[]
}

/** Collects what a scenario does and finds. */
export interface Notes {
  /** Tells whoever waits for it what comes now. */
  begin(what: string): void
  count(what: string, by?: number): void
  /** @param what a statement about the server, in words that tell what is wrong when it does not hold. */
  hold(holds: boolean, what: string): void
  /** Statements that did not hold, as the checks of an invariant return them. */
  add(broken: readonly string[]): void
  report(): Report
}

/** Of what does not hold meanwhile, and of what does not hold in the end. */
const MAX_BROKEN = 50

export function takeNotes(scenario: string): Notes {
  const counts: Record<string, number> = {}
  const meanwhile: string[] = []
  const inTheEnd: string[] = []
  return {
    begin: (what) => console.error(`${scenario}: ${what}`),
    count(what, by = 1) {
      counts[what] = (counts[what] ?? 0) + by
    },
    hold(holds, what) {
      if (holds || meanwhile.length >= MAX_BROKEN) return
      meanwhile.push(what)
      console.error(`${scenario}: does not hold: ${what}`)
    },
    add(more) {
      inTheEnd.push(...more.slice(0, MAX_BROKEN - inTheEnd.length))
    },
    report: () => ({ scenario, counts, broken: [...meanwhile, ...inTheEnd] }),
  }
}

/** How much of a scenario is run. */
export interface Extent {
  /** In minutes of CI, or as long as it takes by hand. */
  short: boolean
  /** Crashes of the crash scenario; default by `short`. */
  crashes?: number
}

export interface Scenario {
  name: string
  run(extent: Extent): Promise<Report>
}
