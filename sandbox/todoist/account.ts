import { zoneInfo } from './calendar.ts'
import { completeItem, type ItemContext, itemFromTemplate } from './make-item.ts'
import { createId, pick, type Random, shuffle } from './random.ts'
import { people, type Template, templates } from './templates.ts'
import type { AccountSeed, Item, ItemSeed, Project, User } from './types.ts'

/** One Todoist user with everything of theirs, and when (by a counter) each thing last changed. */
export interface Account {
  user: User
  projects: readonly Project[]
  items: Map<string, Item>
  random: Random
  /** Rises by one with every change; a sync token names a value of it. */
  change: number
  itemChanges: Map<string, number>
  userChange: number
  /** Sync tokens of an earlier generation are unknown. */
  generation: number
}

export interface AccountContext {
  /** 1 for the first account, 2 for the second, … */
  ordinal: number
  random: Random
  /** Milliseconds since the epoch. */
  now: number
}

const PROJECT_NAMES = ['Inbox', 'Work', 'Home', 'Errands'] as const
const COLORS = ['grey', 'blue', 'green', 'orange'] as const

/** Makes an account; what the seed leaves open is made up, the same for the same random stream. */
export function createAccount(seed: AccountSeed, context: AccountContext): Account {
  const { ordinal, random, now } = context
  const person = people[(ordinal - 1) % people.length] ?? people[0]
  const projects = PROJECT_NAMES.map((name, index) => createProject(name, index, random))
  const account: Account = {
    user: {
      id: String(40_000_000 + ordinal),
      email: seed.email ?? `person${ordinal}@todoist.example`,
      full_name: seed.fullName ?? person.fullName,
      inbox_project_id: projects[0]?.id ?? '',
      lang: 'en',
      tz_info: zoneInfo(seed.timezone ?? person.timezone, now),
    },
    projects,
    items: new Map(),
    random,
    change: 1,
    itemChanges: new Map(),
    userChange: 1,
    generation: 1,
  }
  for (const item of seedItems(seed.tasks ?? DEFAULT_TASKS, itemContext(account, now))) {
    put(account, { ...item, child_order: account.items.size + 1 })
  }
  return account
}

/** Tasks of an account when nobody says how many. */
export const DEFAULT_TASKS = 25

/** What is needed to make an item of the account at `now` (ms). */
export function itemContext(account: Account, now: number): ItemContext {
  return {
    userId: account.user.id,
    projectIds: Object.fromEntries(account.projects.map(({ name, id }) => [name, id])),
    timezone: account.user.tz_info.timezone,
    random: account.random,
    now,
  }
}

/** Stores a new or changed item, so that the next incremental sync reports it. */
export function put(account: Account, item: Item): Item {
  account.change += 1
  account.items.set(item.id, item)
  account.itemChanges.set(item.id, account.change)
  return item
}

/** Changes some of an item's fields at `now` (ms). */
export function change(account: Account, item: Item, fields: Partial<Item>, now: number): Item {
  return put(account, { ...item, updated_at: new Date(now).toISOString(), ...fields })
}

/** Adds a task nobody described. */
export function addMadeUpItem(account: Account, now: number): Item {
  const context = itemContext(account, now)
  const item = itemFromTemplate(pick(account.random, templates), context)
  const added = new Date(now).toISOString()
  return put(account, { ...item, added_at: added, updated_at: added })
}

function createProject(name: string, index: number, random: Random): Project {
  return {
    id: createId(random),
    name,
    color: COLORS[index] ?? 'grey',
    inbox_project: name === 'Inbox',
    is_archived: false,
    is_deleted: false,
    child_order: index,
  }
}

function seedItems(tasks: number | ItemSeed[], context: ItemContext): Item[] {
  if (typeof tasks !== 'number') return tasks.map((seed) => completeItem(seed, context))
  const order = shuffle(context.random, templates)
  return Array.from({ length: tasks }, (_, index) => {
    const round = Math.floor(index / order.length)
    const template = order[index % order.length] as Template
    const content = round === 0 ? template.content : `${template.content} (${round + 1})`
    return itemFromTemplate({ ...template, content }, context)
  })
}
