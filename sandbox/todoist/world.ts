import { type Account, createAccount } from './account.ts'
import { createRandom } from './random.ts'
import type { AccountSeed, Item, ItemSeed } from './types.ts'

export interface WorldOptions {
  /** Tasks of each account whose seed does not say: how many, or which. */
  tasks?: number | ItemSeed[]
  /** Handed out in order, one to each authorisation; when they run out accounts are made up. */
  accounts?: AccountSeed[]
  /** What is made up is the same for the same seed. */
  seed?: number
  /** Milliseconds since the epoch. */
  clock: () => number
}

/** Everybody who has authorised the app, and what is theirs. */
export interface World {
  accounts: ReadonlyMap<string, Account>
  addAccount(): Account
  /** The named account, or the one that came last; throws when there is none. */
  account(userId?: string): Account
  /** The account with that task; throws when nobody has it. */
  ownerOf(itemId: string): { account: Account; item: Item }
}

export function createWorld(options: WorldOptions): World {
  const accounts = new Map<string, Account>()
  return {
    accounts,
    addAccount() {
      const ordinal = accounts.size + 1
      const { tasks } = options
      const seed = { ...(tasks !== undefined && { tasks }), ...options.accounts?.[ordinal - 1] }
      const random = createRandom((options.seed ?? 1) * 1000 + ordinal)
      const account = createAccount(seed, { ordinal, random, now: options.clock() })
      accounts.set(account.user.id, account)
      return account
    },
    account(userId) {
      const account = userId === undefined ? [...accounts.values()].at(-1) : accounts.get(userId)
      if (!account)
        throw new RangeError(`no Todoist user ${userId ?? 'has authorised the app yet'}`)
      return account
    },
    ownerOf(itemId) {
      for (const account of accounts.values()) {
        const item = account.items.get(itemId)
        if (item) return { account, item }
      }
      throw new RangeError(`no task ${itemId}`)
    },
  }
}
