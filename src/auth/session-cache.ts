import { SECOND } from '../clock.ts'

/** A session that another process ended lives on here for at most so long. */
const MAX_AGE_MS = SECOND
const MAX_ENTRIES = 10_000

/**
 * What was read lately, for at most a second. The age is measured on the monotonic clock: no correction of the calendar
 * makes an entry live longer.
 */
export interface SessionCache<V> {
  /** What was read within the last second; undefined when nothing was. */
  recent(key: string): V | undefined
  /** Reads, and remembers what was found unless `forget` is called meanwhile: then it may be wrong already. */
  read(key: string, find: () => Promise<V | undefined>): Promise<V | undefined>
  forget(): void
}

export function createSessionCache<V>(): SessionCache<V> {
  const entries = new Map<string, { value: V; until: number }>()
  let generation = 0

  return {
    recent(key) {
      const entry = entries.get(key)
      return entry && performance.now() < entry.until ? entry.value : undefined
    },
    async read(key, find) {
      const before = generation
      const value = await find()
      if (value !== undefined && generation === before) {
        if (entries.size >= MAX_ENTRIES) entries.clear()
        entries.set(key, { value, until: performance.now() + MAX_AGE_MS })
      }
      return value
    },
    forget() {
      generation++
      entries.clear()
    },
  }
}
