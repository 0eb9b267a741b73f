import { DAY_QUARTERS } from './quarters.ts'

/**
 * The windows of active users: a day, 7 days and 30 days of local time. A window that spans a change of the clocks is
 * up to two hours longer or shorter (Antarctica/Troll changes by two, Lord Howe by half an hour).
 */
const SHIFTS = [-8, -4, -2, 0, 2, 4, 8]
export const WINDOW_QUARTERS = [1, 7, 30].flatMap((days) =>
  SHIFTS.map((shift) => days * DAY_QUARTERS + shift),
)
const LONGEST = 30 * DAY_QUARTERS + 8
/** A power of two, longer than the longest window. */
const SLOTS = 4_096

/**
 * How many users were last active in each of the recent quarters. Whoever was active in a window that ends now was last
 * active within it, so the distinct users of any such window are a plain sum: no set of users has to be kept.
 */
export interface Recency {
  /** Notes that a user, last active in `previous`, is active in `quarter`. */
  move(previous: number | undefined, quarter: number): void
  /** The counts of WINDOW_QUARTERS, for windows that end at `end`. */
  windows(): number[]
  /** Whether nobody was active in the longest window. */
  isIdle(): boolean
  /** Opens the next quarter. */
  advance(): void
  /** Goes straight to a later end; only when idle. */
  jump(end: number): void
  /** Quarters whose count changed, with the count. */
  changes(): { quarter: number; users: number }[]
}

/** The first quarter that matters for windows which end at `end`. */
export const horizonOf = (end: number): number => end - LONGEST

/** @param end the end of the open quarter. @param rows counts by quarter, from the horizon on. */
export function createRecency(
  end: number,
  rows: readonly { quarter: number; users: number }[],
): Recency {
  const slots = new Int32Array(SLOTS)
  const changed = new Set<number>()
  const slotOf = (quarter: number) => quarter & (SLOTS - 1)
  const isKept = (quarter: number) => quarter >= horizonOf(end) && quarter < end
  for (const { quarter, users } of rows) if (isKept(quarter)) slots[slotOf(quarter)] = users

  function count(quarter: number, by: number): void {
    if (!isKept(quarter)) return
    slots[slotOf(quarter)] = (slots[slotOf(quarter)] as number) + by
    changed.add(quarter)
  }

  return {
    move(previous, quarter) {
      if (previous !== undefined) count(previous, -1)
      count(quarter, 1)
    },
    windows() {
      // One walk back in time, noting the sum where a window begins: they are sorted by length.
      const counts: number[] = []
      let sum = 0
      let at = end
      for (const length of WINDOW_QUARTERS) {
        while (at > end - length) sum += slots[slotOf(--at)] as number
        counts.push(sum)
      }
      return counts
    },
    isIdle() {
      for (let at = horizonOf(end); at < end; at++) if (slots[slotOf(at)] !== 0) return false
      return true
    },
    advance() {
      slots[slotOf(end)] = 0
      end++
    },
    jump(to) {
      slots.fill(0)
      end = to
    },
    changes: () =>
      [...changed]
        .filter(isKept)
        .map((quarter) => ({ quarter, users: slots[slotOf(quarter)] as number })),
  }
}
