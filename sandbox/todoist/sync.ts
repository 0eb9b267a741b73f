import type { Account } from './account.ts'
import type { Item, Project, User } from './types.ts'

export const resourceTypes = ['items', 'projects', 'user'] as const
export type ResourceType = (typeof resourceTypes)[number]

export interface SyncAnswer {
  sync_token: string
  full_sync: boolean
  items?: Item[]
  projects?: Project[]
  /** In an incremental sync only when it changed. */
  user?: User
}

/** Change counter that a sync token stands for: 0 for `*`, undefined for a token that is not known (any more). */
export function changeAt(account: Account, syncToken: string): number | undefined {
  if (syncToken === '*') return 0
  const [userId, generation, change] = Buffer.from(syncToken, 'base64url').toString().split(' ')
  const known = userId === account.user.id && Number(generation) === account.generation
  return known ? Number(change) : undefined
}

/**
 * What the account's sync says.
 *
 * @param since change counter of the last sync; 0 asks for a full sync, which has no finished or deleted task in it
 */
export function syncAnswer(
  account: Account,
  since: number,
  wanted: readonly ResourceType[],
): SyncAnswer {
  const full = since === 0
  const answer: SyncAnswer = { sync_token: tokenNow(account), full_sync: full }
  if (wanted.includes('items')) {
    answer.items = [...account.items.values()].filter((item) =>
      full ? isActive(item) : (account.itemChanges.get(item.id) ?? 0) > since,
    )
  }
  // Projects never change here, so only a full sync has them.
  if (wanted.includes('projects')) answer.projects = full ? [...account.projects] : []
  if (wanted.includes('user') && account.userChange > since) answer.user = account.user
  return answer
}

function tokenNow({ user, generation, change }: Account): string {
  return Buffer.from(`${user.id} ${generation} ${change}`).toString('base64url')
}

function isActive(item: Item): boolean {
  return !item.checked && !item.is_deleted
}
