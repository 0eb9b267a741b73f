import type { TipFeedbackRow } from '../../db/tables.ts'
import { DAY, MINUTE, SECOND } from '../../src/clock.ts'
import type { Mind } from '../ml-serving/mind.ts'
import { type AccountRows, accountOf } from './account.ts'
import { answerPast } from './answers.ts'
import { type Decided, decidePast, type Weather } from './decide.ts'
import { createJournal, type Journal } from './journal.ts'
import { beginLife, type Life } from './life.ts'
import { makePeople } from './people.ts'
import { type Visit, visitsOf } from './visits.ts'

export interface HistoryOptions {
  days: number
  /** The same seed makes the same history, up to where in time it lies. */
  seed: number
  /** How many people besides the sandbox's own. */
  people: number
  /** Where those people sign in. */
  issuer: string
  /** The end of it, milliseconds since the epoch. */
  now: number
  /** Of ml/serving: it decides, and learns from the answers. */
  mind: Mind
}

export interface PastTip extends Decided {
  answers: TipFeedbackRow[]
}

export interface History {
  accounts: AccountRows[]
  tips: PastTip[]
  /** Oldest first. */
  events: ReturnType<Journal['oldestFirst']>
}

/** A stretch of time in which people came, connected Todoist, got tips and answered them, and ml/serving learnt. */
export function makeHistory(options: HistoryOptions): History {
  const { days, seed, people, issuer, now, mind } = options
  const start = now - days * DAY
  const journal = createJournal(now)
  const lives: Life[] = []
  const visits = makePeople(seed, people, days).flatMap((person) => {
    const { joined, visits } = visitsOf(person, start, now)
    const life = beginLife(person, joined, now)
    lives.push(life)
    noteBeginning(journal, life)
    return visits.map((visit) => ({ life, visit }))
  })
  const tips: PastTip[] = []
  // Everybody's in one order: what ml/serving learns of one helps it with the next.
  for (const { life, visit } of visits.sort((a, b) => a.visit.at - b.visit.at)) {
    const weather = weatherOf(visit.at, start, now)
    tips.push(...live(life, visit, { mind, journal, now, weather }))
  }
  return {
    accounts: lives.map((life) => accountOf(life, journal, issuer, now)),
    tips,
    events: journal.oldestFirst(),
  }
}

function noteBeginning(journal: Journal, { person, userId, joined, connectedAt, tasks }: Life) {
  journal.note(person, userId, 'signals.user.created', joined, {})
  if (connectedAt === undefined) return
  const provider = 'todoist'
  journal.note(person, userId, 'signals.integration.connected', connectedAt, { provider })
  const open = tasks.openAt(connectedAt).length
  const counts = { added: open, updated: 0, removed: 0, open }
  const synced = { provider, full: true, ...counts }
  journal.note(person, userId, 'signals.task.synced', connectedAt + 2 * SECOND, synced)
}

interface Around {
  mind: Mind
  journal: Journal
  now: number
  weather: Weather
}

/** One visit: perhaps a sign-in, perhaps new tasks, and some tips. */
function live(life: Life, { at, tips }: Visit, { mind, journal, now, weather }: Around): PastTip[] {
  const { person, userId, tasks } = life
  const { random } = person
  journal.noteSession(life, at)
  const added = tasks.arrivedBy(at)
  if (added > 0) {
    const counts = { added, updated: 0, removed: 0, open: tasks.openAt(at).length }
    const synced = { provider: 'todoist', full: false, ...counts }
    journal.note(person, userId, 'signals.task.synced', at - random.below(MINUTE), synced)
  }
  const made: PastTip[] = []
  let when = at + 2 * MINUTE
  for (let left = tips; left > 0 && when < now; left--) {
    const decided = decidePast(life, mind, when, weather)
    const answers = answerPast(life, mind, decided, now)
    journal.noteTip(person, decided.tip, answers)
    made.push({ ...decided, answers })
    life.lastActive = Math.max(life.lastActive, answers.at(-1)?.created_at ?? when)
    when += MINUTE + random.below(50 * MINUTE)
  }
  return made
}

/** A month has a bad day: ml/serving was late for hours; and a slow one. */
function weatherOf(at: number, start: number, now: number): Weather {
  const day = Math.floor((at - start) / DAY)
  const days = (now - start) / DAY
  const bad = day === Math.floor(days * 0.6)
  const slow = day === Math.floor(days * 0.83)
  return { outage: bad ? 0.45 : 0, slowness: bad ? 3 : slow ? 2 : 1 }
}
