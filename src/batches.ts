import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/**
 * While one batch is being written, others gather; after it they get so much time more, in milliseconds. To wait for the
 * disk costs the processor as much as to make an answer: without this pause a busy server does it for every second one.
 */
const GATHER_MS = 1

export interface BatchOptions {
  /** Items in a batch, at most: what comes first must not wait for too much of what comes after. */
  most?: number
}

/**
 * Makes a function that hands items over to be written, those together that come at about the same time. Batches are
 * written one after another, in the order in which items came. Who comes alone waits for nobody.
 *
 * @param write must not throw: what becomes of an item is its own matter.
 */
export function inBatches<T>(
  write: (batch: T[]) => Promise<void>,
  { most = Number.POSITIVE_INFINITY }: BatchOptions = {},
): (item: T) => void {
  const waiting: T[] = []
  let isWriting = false

  async function writeAll(): Promise<void> {
    isWriting = true
    // Lets those in that have arrived by now: a SQLite transaction leaves the event loop no turn in between.
    await turn()
    while (waiting.length > 0) {
      await write(waiting.splice(0, most))
      if (waiting.length > 0 && waiting.length < most) await sleep(GATHER_MS)
    }
    isWriting = false
  }

  return (item) => {
    waiting.push(item)
    if (!isWriting) void writeAll()
  }
}
