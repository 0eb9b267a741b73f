/** A stream of numbers in [0, 1), the same for the same seed (mulberry32). */
export type Random = () => number

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of the list's entries, each as likely; throws on an empty list. */
export function pick<Entry>(random: Random, entries: readonly Entry[]): Entry {
  const entry = entries[Math.floor(random() * entries.length)]
  if (entry === undefined) throw new RangeError('nothing to pick from')
  return entry
}

/** A copy in random order (Fisher and Yates). */
export function shuffle<Entry>(random: Random, entries: readonly Entry[]): Entry[] {
  const shuffled = [...entries]
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const swapped = shuffled[last] as Entry
    shuffled[last] = shuffled[other] as Entry
    shuffled[other] = swapped
  }
  return shuffled
}

const ID_LETTERS = '23456789CFGHJMPQRVWXcfghjmpqrvwx'

/** An id as Todoist makes them: 16 letters and digits. */
export function createId(random: Random): string {
  return Array.from({ length: 16 }, () => pick(random, [...ID_LETTERS])).join('')
}
