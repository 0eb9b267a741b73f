import type { SubscriptionJson } from '../sandbox/push/subscriptions.ts'
import type { Person } from './people.ts'

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
  /** Ids of simulations that were taken in. */
  runs: string[]
  /** Policies switched on or off: the last acknowledged state; left out while an unanswered call leaves doubt. */
  policies: Map<string, boolean>
  /** The one browser that each person has for notices, by user id. */
  browsers: Map<string, SubscriptionJson>
  /** Whether it is registered, by user id; left out in doubt. */
  devices: Map<string, boolean>
  /** Whether people have Todoist connected, by user id; left out in doubt. */
  connections: Map<string, boolean>
  /** People who appeared during the load and stay. */
  others: Person[]
  /** Cookies of sessions that were ended. */
  endedSessions: string[]
  deletedUsers: string[]
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
  runs: [],
  policies: new Map(),
  browsers: new Map(),
  devices: new Map(),
  connections: new Map(),
  others: [],
  endedSessions: [],
  deletedUsers: [],
  requests: 0,
  unanswered: 0,
  statuses: new Map(),
  strange: [],
})

/** What was acknowledged until now, without what is switched to and fro and may be otherwise a moment later. */
export const lastingPart = (ledger: Ledger): Ledger => ({
  ...structuredClone(ledger),
  policies: new Map(),
  devices: new Map(),
  connections: new Map(),
  others: [],
})

/** What two loads at the same time got acknowledged. What both switch to and fro, only the log can tell who was last. */
export const merged = (one: Ledger, two: Ledger): Ledger => ({
  tips: [...one.tips, ...two.tips],
  feedback: [...one.feedback, ...two.feedback],
  syncs: new Map([...one.syncs, ...two.syncs]),
  admin: [...one.admin, ...two.admin],
  events: [...one.events, ...two.events],
  runs: [...one.runs, ...two.runs],
  policies: new Map(),
  browsers: new Map([...one.browsers, ...two.browsers]),
  devices: new Map([...one.devices, ...two.devices]),
  connections: new Map([...one.connections, ...two.connections]),
  others: [...one.others, ...two.others],
  endedSessions: [...one.endedSessions, ...two.endedSessions],
  deletedUsers: [...one.deletedUsers, ...two.deletedUsers],
  requests: one.requests + two.requests,
  unanswered: one.unanswered + two.unanswered,
  statuses: new Map(),
  strange: [...one.strange, ...two.strange],
})
