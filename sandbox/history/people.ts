import { createPersona, type Persona } from '../../sim/environment/persona.ts'
import { createRandom, type Random } from '../../sim/random.ts'
import { type Account, defaultAccounts, subjectOf } from '../identity/accounts.ts'

/**
 * How somebody stands with Todoist at the end of the history. `left` disconnected it: the sandbox's own people, so that
 * whoever signs in as one of them can connect.
 */
export type Connection = 'connected' | 'reauthorize' | 'failing' | 'left' | 'never'

/** Somebody of the past, with habits and hidden tastes. */
export interface Person {
  subject: string
  name: string
  email: string
  /** IANA name. */
  timeZone: string
  /** Chance of coming back on a day of the week, 0 to 1. */
  eagerness: number
  /** The day of the month on which the person came first; negative: was there before it began. */
  joinedOnDay: number
  /** Open tasks that the person keeps about. */
  busyness: number
  connection: Connection
  /** What decides which tips are welcome. */
  persona: Persona
  /** The person's own stream: what one does is not changed by what another does. */
  random: Random
}

const FIRST =
  'Amina Bruno Chen Dara Elif Femi Greta Hana Igor Jonas Keiko Lucia Mateo Nadia Omar Priya Quentin Rosa Sven Tara Umar Vera Wanda Xenia Yusuf Zoe'.split(
    ' ',
  )
const LAST =
  'Abe Berg Costa Dietz Ekman Fontaine Gruber Haddad Ivanov Jansen Kaya Lindqvist Moreau Novak Okafor Petrov Quispe Rossi Schulz Tanaka'.split(
    ' ',
  )
/** Most live in Europe; somebody is awake at any hour. */
const ZONES = [
  ...['Europe/Berlin', 'Europe/Berlin', 'Europe/Berlin', 'Europe/London', 'Europe/London'],
  ...['America/New_York', 'America/New_York', 'America/Los_Angeles', 'America/Sao_Paulo'],
  ...['Asia/Tokyo', 'Asia/Kolkata', 'Australia/Sydney'],
]

/** The sandbox's own people, who can still sign in, and as many others as asked for. */
export function makePeople(seed: number, others: number, days: number): Person[] {
  const names = createRandom(`history ${seed} names`)
  const pick = (options: readonly string[]) => options[names.below(options.length)] ?? ''
  const strangers = Array.from({ length: others }, (_, index): Account => {
    const [first, last] = [pick(FIRST), pick(LAST)]
    const login = `${first}.${last}.${index}`.toLowerCase()
    return { login, name: `${first} ${last}`, email: `${login}@example.com`, emailVerified: true }
  })
  const known = defaultAccounts.filter(({ emailVerified }) => emailVerified)
  return [
    ...known.map((account) => makePerson(seed, account, days, 'left')),
    ...strangers.map((account) => makePerson(seed, account, days)),
  ]
}

function makePerson(seed: number, account: Account, days: number, fixed?: Connection): Person {
  const random = createRandom(`history ${seed} ${account.login}`)
  return {
    subject: subjectOf(account),
    name: account.name,
    email: account.email,
    timeZone: ZONES[random.below(ZONES.length)] ?? 'UTC',
    eagerness: 0.08 + 0.7 * random.next() ** 2,
    joinedOnDay: Math.floor(random.next() * days * 1.6 - days * 0.6),
    // Most have a dozen, some have far too many.
    busyness: Math.round(5 + 9 * random.next() + 34 * random.next() ** 6),
    connection: fixed ?? connectionOf(random.next()),
    persona: createPersona(random),
    random,
  }
}

function connectionOf(chance: number): Connection {
  if (chance < 0.05) return 'never'
  if (chance < 0.09) return 'reauthorize'
  if (chance < 0.11) return 'failing'
  return 'connected'
}
