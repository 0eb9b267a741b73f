import { type Account, addMadeUpItem, change } from './account.ts'
import { dayIn } from './calendar.ts'
import { nextOccurrence } from './make-item.ts'
import { pick } from './random.ts'
import { templates } from './templates.ts'
import type { Item } from './types.ts'
import type { World } from './world.ts'

const FEW_OPEN = 15
const MANY_OPEN = 40

/**
 * Lets time pass for everybody: every so often each person finishes something or thinks of something new.
 *
 * @param seconds between two such moments
 * @returns stops it
 */
export function startLife(world: World, seconds: number, clock: () => number): () => void {
  const timer = setInterval(() => {
    for (const account of world.accounts.values()) liveOn(account, clock())
  }, seconds * 1000)
  timer.unref()
  return () => clearInterval(timer)
}

/** One moment in a person's life at `now` (ms). The number of open tasks stays between a few and many. */
export function liveOn(account: Account, now: number): Item {
  const open = [...account.items.values()].filter((item) => !item.checked && !item.is_deleted)
  const addsOne = open.length < FEW_OPEN || (open.length < MANY_OPEN && account.random() < 0.4)
  if (addsOne) return addMadeUpItem(account, now)
  return finish(account, pick(account.random, open), now)
}

/** Finishes a task as Todoist's own apps do: a recurring one moves to its next date instead. */
function finish(account: Account, item: Item, now: number): Item {
  if (!item.due?.is_recurring) {
    return change(account, item, { checked: true, completed_at: new Date(now).toISOString() }, now)
  }
  const written = item.due.string
  const days = templates.find(({ every }) => every?.string === written)?.every?.days ?? 1
  const due = nextOccurrence(item.due, days, dayIn(account.user.tz_info.timezone, now))
  return change(account, item, { due }, now)
}
