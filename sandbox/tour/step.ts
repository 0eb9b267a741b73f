/** A step of the tour: what it shows, and the work, which answers with a note for the line. */
export type Step = readonly [name: string, run: () => Promise<string>]
