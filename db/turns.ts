/** One after another, in the order in which they asked. */
export class Turns {
  #isTaken = false
  readonly #waiting: (() => void)[] = []

  /** @returns at once, without a promise, when nobody else has the turn. */
  take(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#isTaken = true
    return undefined
  }

  end(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#isTaken = false
  }
}
