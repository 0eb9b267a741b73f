import { SECOND } from '../clock.ts'

/** A session that another process ended lives on here for at most twice so long. */
const CONFIRM_EVERY_MS = SECOND / 2
/** Whatever nobody told us of (a change whose commit the disk did not confirm, say) is found out after so long. */
const MAX_AGE_MS = 10 * SECOND
const MAX_ENTRIES = 10_000

/**
 * What was read, for as long as nothing was written that could make it wrong. What this process writes it says with
 * `forget`; whether another one wrote is asked every half second, which is one small question instead of a query for
 * each entry. The time is the monotonic clock's: no correction of the calendar makes an entry live longer.
 */
export interface SessionCache<V> {
  /** What was read and still holds; undefined when that is not known. */
  recent(key: string): V | undefined
  /** Finds out whether what was read still holds, then reads it or reads it anew. */
  read(key: string, find: () => Promise<V | undefined>): Promise<V | undefined>
  /** Reads what may have changed, and remembers it unless `forget` is called meanwhile: then it may be wrong already. */
  reread(key: string, find: () => Promise<V | undefined>): Promise<V | undefined>
  forget(): void
}

/** @param version a number that changes when another process, or another connection of this one, has written. */
export function createSessionCache<V>(version: () => Promise<number>): SessionCache<V> {
  const entries = new Map<string, V>()
  let generation = 0
  let confirmedUntil = Number.NEGATIVE_INFINITY
  let known: number | undefined
  let emptiedAt = Number.NEGATIVE_INFINITY
  let confirming: Promise<void> | undefined

  function forget(): void {
    generation++
    entries.clear()
    emptiedAt = performance.now()
  }

  async function confirm(): Promise<void> {
    try {
      const asked = performance.now()
      const current = await version()
      if (current !== known || asked - emptiedAt >= MAX_AGE_MS) forget()
      known = current
      confirmedUntil = asked + CONFIRM_EVERY_MS
    } finally {
      confirming = undefined
    }
  }

  const recent = (key: string): V | undefined =>
    performance.now() < confirmedUntil ? entries.get(key) : undefined

  async function reread(key: string, find: () => Promise<V | undefined>): Promise<V | undefined> {
    const before = generation
    const value = await find()
    if (value !== undefined && generation === before) {
      if (entries.size >= MAX_ENTRIES) entries.clear()
      entries.set(key, value)
    }
    return value
  }

  return {
    recent,
    reread,
    async read(key, find) {
      if (performance.now() >= confirmedUntil) {
        confirming ??= confirm()
        await confirming
      }
      return entries.get(key) ?? reread(key, find)
    },
    forget,
  }
}
