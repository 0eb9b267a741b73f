import type { Insertable } from 'kysely'
import type { ConsentRow, EventRow, UserRow } from '../../db/tables.ts'
import type { EventPayload, EventType } from '../../schemas/events.ts'
import { createRandom, type Random } from '../../sim/random.ts'
import { DAY, HOUR, MINUTE } from '../../src/clock.ts'
import { type PastTip, pastTip, type Weather } from './decide.ts'
import { pastId, pastTraceId } from './ids.ts'
import { makePeople, type Person } from './people.ts'

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
}

export interface History {
  users: UserRow[]
  consents: ConsentRow[]
  tips: PastTip[]
  /** Oldest first. */
  events: Insertable<EventRow>[]
}

/** A stretch of time in which people came, got tips and answered them, and the policy learnt. */
export function makeHistory({ days, seed, people, issuer, now }: HistoryOptions): History {
  const random = createRandom(`history ${seed}`)
  const history: History = { users: [], consents: [], tips: [], events: [] }
  const start = now - days * DAY
  for (const person of makePeople(random, people, days)) {
    live(random, history, person, { days, issuer, start, now })
  }
  history.events.sort((a, b) => a.occurred_at - b.occurred_at)
  return history
}

interface Frame {
  days: number
  issuer: string
  start: number
  now: number
}

/** One person's life with oo. */
function live(
  random: Random,
  history: History,
  person: Person,
  { days, issuer, start, now }: Frame,
): void {
  const joined = Math.min(start + person.joinedOnDay * DAY + morning(random), now - HOUR)
  const userId = pastId(random, joined)
  let lastActive = joined
  const note = noter(random, history, userId, now)

  note('signals.user.created', joined, {})
  history.consents.push({
    id: pastId(random, joined),
    user_id: userId,
    kind: 'terms',
    action: 'granted',
    at: joined,
  })
  for (let day = Math.max(0, person.joinedOnDay); day < days; day++) {
    const weekend = [0, 6].includes(new Date(start + day * DAY).getUTCDay())
    const firstDay = day === person.joinedOnDay
    if (!firstDay && random.next() > person.eagerness * (weekend ? 0.55 : 1)) continue
    let at = firstDay ? joined : start + day * DAY + morning(random)
    note('signals.session.started', at, { sessionId: pastId(random, at), kind: 'oidc' })
    for (let tips = 1 + random.below(4); tips > 0; tips--) {
      at += 10_000 + random.below(90 * MINUTE)
      if (at > now - HOUR) break
      const made = pastTip(random, userId, person, at, weatherOf(day, days))
      history.tips.push(made)
      noteTip(note, made)
      lastActive = Math.max(lastActive, at)
    }
  }
  history.users.push(userRow(person, userId, issuer, joined, lastActive))
}

/** Within the waking hours. */
const morning = (random: Random) => 7 * HOUR + random.below(12 * HOUR)

/** A month has a bad day: ml/serving was late for hours; and a slow one. */
const weatherOf = (day: number, days: number): Weather => ({
  learnt: Math.min(1, day / (days * 0.8)),
  outage: day === Math.floor(days * 0.6) ? 0.45 : 0,
  slowness: day === Math.floor(days * 0.6) ? 3 : day === Math.floor(days * 0.83) ? 2 : 1,
})

type Note = <T extends EventType>(type: T, at: number, payload: EventPayload<T>) => void

/** Notes what happened to one user; what would lie in the future has not happened. */
const noter =
  (random: Random, { events }: History, userId: string, now: number): Note =>
  (type, at, payload) => {
    if (at > now) return
    events.push({
      id: pastId(random, at),
      type,
      user_id: userId,
      occurred_at: at,
      trace_id: pastTraceId(random),
      payload: JSON.stringify(payload),
    })
  }

function noteTip(note: Note, { tip, answers }: PastTip): void {
  const { id: tipId, source, policy, latency_ms: latencyMs } = tip
  note('signals.tip.served', tip.created_at, { tipId, source, policy, latencyMs })
  for (const { action, reward, reward_version, created_at } of answers) {
    note('signals.tip.feedback', created_at, {
      tipId,
      action,
      reward,
      rewardVersion: reward_version,
      chosenId: tip.chosen_id,
      propensity: tip.propensity,
    })
  }
}

const userRow = (
  person: Person,
  id: string,
  issuer: string,
  joined: number,
  lastActive: number,
): UserRow => ({
  id,
  kind: 'person',
  issuer,
  subject: person.subject,
  email: person.email,
  email_verified: 1,
  name: person.name,
  picture: null,
  created_at: joined,
  last_active_at: lastActive,
})
