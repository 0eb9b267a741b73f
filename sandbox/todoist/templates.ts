import type { Item } from './types.ts'

/** When a made-up task is due, seen from the day it is made up. */
export type DueKind = 'overdue' | 'today' | 'todayAt' | 'thisWeek' | 'nextWeek' | 'callAt' | 'none'

export interface Template {
  content: string
  project: 'Work' | 'Home' | 'Errands'
  due: DueKind
  priority?: Item['priority']
  labels?: string[]
  description?: string
  /** Repeats: how it is written, and every how many days that is. */
  every?: { string: string; days: number }
  /** Days until the deadline. */
  deadlineIn?: number
}

/** Believable tasks. The order does not matter: each account gets a shuffled selection. */
export const templates: readonly Template[] = [
  { content: 'Reply to Priya about the contract', project: 'Work', due: 'overdue', priority: 3 },
  {
    content: 'Send the August invoice',
    project: 'Work',
    due: 'overdue',
    priority: 4,
    labels: ['money'],
  },
  {
    content: 'Prepare slides for the quarterly review',
    project: 'Work',
    due: 'thisWeek',
    priority: 4,
    deadlineIn: 5,
  },
  {
    content: 'Review the pull request on retries',
    project: 'Work',
    due: 'today',
    priority: 3,
    labels: ['deep'],
  },
  { content: 'Call with Jonas about hiring', project: 'Work', due: 'callAt', priority: 2 },
  {
    content: 'Weekly planning',
    project: 'Work',
    due: 'todayAt',
    every: { string: 'every monday at 09:00', days: 7 },
  },
  {
    content: 'Clear the inbox',
    project: 'Work',
    due: 'today',
    every: { string: 'every day', days: 1 },
  },
  {
    content: 'Write the postmortem of the outage',
    project: 'Work',
    due: 'thisWeek',
    priority: 3,
    labels: ['deep'],
  },
  {
    content: 'Book travel to Lisbon',
    project: 'Work',
    due: 'nextWeek',
    priority: 2,
    deadlineIn: 12,
  },
  {
    content: 'Read the paper on contextual bandits',
    project: 'Work',
    due: 'none',
    labels: ['reading'],
  },
  { content: 'Tidy up the shared drive', project: 'Work', due: 'none' },
  {
    content: 'Ask legal about the new terms',
    project: 'Work',
    due: 'overdue',
    priority: 2,
    labels: ['waiting'],
  },
  { content: 'Update the on-call handbook', project: 'Work', due: 'nextWeek' },
  {
    content: 'Feedback for Mia',
    project: 'Work',
    due: 'today',
    priority: 2,
    description: 'Three concrete examples.',
  },
  {
    content: 'Water the plants',
    project: 'Home',
    due: 'today',
    every: { string: 'every 3 days', days: 3 },
  },
  { content: 'Fix the dripping tap', project: 'Home', due: 'overdue', priority: 2 },
  {
    content: 'Pay the electricity bill',
    project: 'Home',
    due: 'thisWeek',
    priority: 4,
    labels: ['money'],
    deadlineIn: 4,
  },
  { content: 'Call grandma', project: 'Home', due: 'todayAt', priority: 2, labels: ['phone'] },
  { content: 'Defrost the freezer', project: 'Home', due: 'none' },
  {
    content: 'Change the bed linen',
    project: 'Home',
    due: 'thisWeek',
    every: { string: 'every other week', days: 14 },
  },
  {
    content: 'Sort the photos of the summer',
    project: 'Home',
    due: 'none',
    description: 'Start with July.',
  },
  { content: 'Measure the window for curtains', project: 'Home', due: 'nextWeek' },
  { content: 'Renew the passport', project: 'Home', due: 'overdue', priority: 3, deadlineIn: 30 },
  { content: 'Plan the birthday dinner', project: 'Home', due: 'nextWeek', priority: 2 },
  {
    content: 'Go for a run',
    project: 'Home',
    due: 'today',
    every: { string: 'every 2 days', days: 2 },
    labels: ['health'],
  },
  {
    content: 'Back up the laptop',
    project: 'Home',
    due: 'overdue',
    every: { string: 'every month', days: 30 },
  },
  { content: 'Buy oat milk and coffee', project: 'Errands', due: 'today' },
  { content: 'Pick up the parcel', project: 'Errands', due: 'overdue', priority: 3, deadlineIn: 2 },
  { content: 'Return the library books', project: 'Errands', due: 'thisWeek', deadlineIn: 6 },
  {
    content: 'Dentist appointment',
    project: 'Errands',
    due: 'callAt',
    priority: 3,
    labels: ['health'],
  },
  { content: 'Bring the bike to the repair shop', project: 'Errands', due: 'none' },
  { content: 'Buy a present for Sam', project: 'Errands', due: 'thisWeek', priority: 2 },
  { content: 'Drop off the old batteries', project: 'Errands', due: 'none' },
  { content: 'Get keys copied', project: 'Errands', due: 'nextWeek' },
  {
    content: 'Prescription from the pharmacy',
    project: 'Errands',
    due: 'today',
    priority: 4,
    labels: ['health'],
  },
  { content: 'Exchange the shoes', project: 'Errands', due: 'overdue' },
]

/** People and zones for accounts that nobody described. */
export const people = [
  { fullName: 'Robin Berger', timezone: 'Europe/Berlin' },
  { fullName: 'Noor Haddad', timezone: 'Europe/London' },
  { fullName: 'Jun Tanaka', timezone: 'Asia/Tokyo' },
  { fullName: 'Casey Morgan', timezone: 'America/New_York' },
  { fullName: 'Ines Silva', timezone: 'America/Sao_Paulo' },
] as const
