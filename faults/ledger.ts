/** What the server acknowledged: each entry was answered with a success, so it must be there for ever. */
export interface Ledger {
  tips: { userId: string; tipId: string }[]
  feedback: { userId: string; tipId: string; action: string; traceId: string }[]
  /** The last acknowledged sync of each user, in milliseconds since the epoch. */
  syncs: Map<string, number>
  /** Admin calls. */
  admin: { traceId: string; path: string }[]
  /** Trace ids of calls that write exactly one event of their type. */
  events: { traceId: string; type: string }[]
  /** Policies switched on or off: the last acknowledged state; left out while an unanswered call leaves doubt. */
  policies: Map<string, boolean>
  /** Cookies of sessions that were ended. */
  endedSessions: string[]
  deletedUsers: string[]
  /** Devices by endpoint: registered or not. */
  devices: Map<string, boolean>
  requests: number
  unanswered: number
  /** Answers by status. */
  statuses: Map<number, number>
  /** Answers that nobody should get. */
  strange: string[]
}

export const emptyLedger = (): Ledger => ({
  tips: [],
  feedback: [],
  syncs: new Map(),
  admin: [],
  events: [],
  policies: new Map(),
  endedSessions: [],
  deletedUsers: [],
  devices: new Map(),
  requests: 0,
  unanswered: 0,
  statuses: new Map(),
  strange: [],
})
