import type { Random } from '../../sim/random.ts'
import { type Account, defaultAccounts, subjectOf } from '../identity/accounts.ts'

/** Somebody of the past, with habits. */
export interface Person {
  subject: string
  name: string
  email: string
  /** Chance of coming back on a day of the week, 0 to 1. */
  eagerness: number
  /** How often a good tip is acted on, 0 to 1. */
  diligence: number
  /** The day of the month before which the person did not come; negative: was there before it began. */
  joinedOnDay: number
  tasks: string[]
}

const FIRST =
  'Amina Bruno Chen Dara Elif Femi Greta Hana Igor Jonas Keiko Lucia Mateo Nadia Omar Priya Quentin Rosa Sven Tara Umar Vera Wanda Xenia Yusuf Zoe'.split(
    ' ',
  )
const LAST =
  'Abe Berg Costa Dietz Ekman Fontaine Gruber Haddad Ivanov Jansen Kaya Lindqvist Moreau Novak Okafor Petrov Quispe Rossi Schulz Tanaka'.split(
    ' ',
  )
const TASKS = [
  'Reply to Priya about the contract',
  'Pay the electricity bill',
  'Book the dentist',
  'Water the plants',
  'Review the pull request on retries',
  'Prepare slides for the review',
  'Call grandma',
  'Fix the dripping tap',
  'Renew the passport',
  'Plan the week',
  'Write the release notes',
  'Send the invoice',
  'Buy oat milk',
  'Read the paper on bandits',
  'Tidy the shared drive',
  'Stretch for ten minutes',
  'Cancel the old subscription',
  'Draft the job advert',
]

/** The sandbox's own people, who can still sign in, and as many others as asked for. */
export function makePeople(random: Random, others: number, days: number): Person[] {
  const strangers = Array.from({ length: others }, (_, index): Account => {
    const first = FIRST[random.below(FIRST.length)] ?? ''
    const last = LAST[random.below(LAST.length)] ?? ''
    const login = `${first}.${last}.${index}`.toLowerCase()
    return { login, name: `${first} ${last}`, email: `${login}@example.com`, emailVerified: true }
  })
  const known = defaultAccounts.filter(({ emailVerified }) => emailVerified)
  return [...known, ...strangers].map((account) => makePerson(random, account, days))
}

const makePerson = (random: Random, account: Account, days: number): Person => ({
  subject: subjectOf(account),
  name: account.name,
  email: account.email,
  eagerness: 0.08 + 0.7 * random.next() ** 2,
  diligence: 0.3 + 0.6 * random.next(),
  joinedOnDay: Math.floor(random.next() * days * 1.6 - days * 0.6),
  tasks: Array.from({ length: 8 }, () => TASKS[random.below(TASKS.length)] ?? '').filter(
    (task, index, all) => all.indexOf(task) === index,
  ),
})
