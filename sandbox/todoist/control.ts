import { change, itemContext, put } from './account.ts'
import { zoneInfo } from './calendar.ts'
import type { Endpoint, Fault, Faults } from './faults.ts'
import { completeItem } from './make-item.ts'
import type { RecordedRequest, Recorder } from './recorder.ts'
import type { LiveToken, Tokens } from './tokens.ts'
import type { Item, ItemSeed, User } from './types.ts'
import type { World } from './world.ts'

/**
 * The hand that moves the world behind Todoist. Each verb takes at most one object, so that the same verbs work from
 * another process as `POST /_control/<verb>` with that object as JSON. A name that does not exist throws a RangeError.
 */
export interface Control {
  setFault(input: { endpoint: Endpoint; fault: Fault | null }): void
  users(): Array<User & { openTasks: number }>
  /** Moves a person to another IANA zone; `userId` is the last user's unless given, here and below. */
  setTimezone(input: { userId?: string; timezone: string }): User
  tasks(input?: { userId?: string }): Item[]
  addTask(input: { userId?: string; task: ItemSeed }): Item
  updateTask(input: { id: string; changes: Partial<Omit<Item, 'id' | 'user_id'>> }): Item
  completeTask(input: { id: string }): Item
  reopenTask(input: { id: string }): Item
  deleteTask(input: { id: string }): Item
  requests(): RecordedRequest[]
  clearRequests(): void
  tokens(): LiveToken[]
  /** Lets access tokens die, of one user or of all; refresh tokens stay good. */
  expireTokens(input?: { userId?: string }): void
  /** Ends the access that users gave, of one user or of all: as if withdrawn in Todoist's settings. */
  revokeTokens(input?: { userId?: string }): void
  /** Makes the sync tokens given out so far unknown, of one user or of all. */
  forgetSyncTokens(input?: { userId?: string }): void
}

export interface ControlParts {
  world: World
  tokens: Tokens
  faults: Faults
  recorder: Recorder
  clock: () => number
}

export function createControl({ world, tokens, faults, recorder, clock }: ControlParts): Control {
  const changeTask = (id: string, fields: Partial<Item>): Item => {
    const { account, item } = world.ownerOf(id)
    return change(account, item, fields, clock())
  }
  return {
    setFault: ({ endpoint, fault }) => faults.set(endpoint, fault),
    users: () =>
      [...world.accounts.values()].map(({ user, items }) => ({
        ...user,
        openTasks: [...items.values()].filter((item) => !item.checked && !item.is_deleted).length,
      })),
    setTimezone({ userId, timezone }) {
      const account = world.account(userId)
      account.change += 1
      account.userChange = account.change
      account.user = { ...account.user, tz_info: zoneInfo(timezone, clock()) }
      return account.user
    },
    tasks: ({ userId } = {}) => [...world.account(userId).items.values()],
    addTask({ userId, task }) {
      const account = world.account(userId)
      return put(account, completeItem(task, itemContext(account, clock())))
    },
    updateTask: ({ id, changes }) => changeTask(id, changes),
    completeTask: ({ id }) =>
      changeTask(id, { checked: true, completed_at: new Date(clock()).toISOString() }),
    reopenTask: ({ id }) => changeTask(id, { checked: false, completed_at: null }),
    deleteTask: ({ id }) => changeTask(id, { is_deleted: true }),
    requests: recorder.list,
    clearRequests: recorder.clear,
    tokens: tokens.live,
    expireTokens: ({ userId } = {}) => tokens.expire(userId),
    revokeTokens({ userId } = {}) {
      for (const token of tokens.live()) {
        if (userId === undefined || token.userId === userId) tokens.revoke(token.accessToken)
      }
    },
    forgetSyncTokens({ userId } = {}) {
      const accounts = userId === undefined ? world.accounts.values() : [world.account(userId)]
      for (const account of accounts) account.generation += 1
    },
  }
}
