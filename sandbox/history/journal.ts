import type { Insertable } from 'kysely'
import type { EventRow, TipFeedbackRow, TipScoreRow } from '../../db/tables.ts'
import type { EventPayload, EventType } from '../../schemas/events.ts'
import { DAY } from '../../src/clock.ts'
import { pastId, pastTraceId } from './ids.ts'
import type { Life } from './life.ts'
import type { Person } from './people.ts'

/** The event log of the past. */
export interface Journal {
  /** What would lie in the future has not happened. */
  note<T extends EventType>(
    person: Person,
    userId: string,
    type: T,
    at: number,
    payload: EventPayload<T>,
  ): void
  /** A visit goes on with the session of before, unless that has ended unused. */
  noteSession(life: Life, at: number): void
  noteTip(person: Person, tip: TipScoreRow, answers: readonly TipFeedbackRow[]): void
  oldestFirst(): Insertable<EventRow>[]
}

const IDLE_MS = 7 * DAY

/** @param now the end of the history, milliseconds since the epoch */
export function createJournal(now: number): Journal {
  const events: Insertable<EventRow>[] = []

  const note: Journal['note'] = ({ random }, user_id, type, at, payload) => {
    if (at > now) return
    const id = pastId(random, at)
    const trace_id = pastTraceId(random)
    events.push({ id, type, user_id, occurred_at: at, trace_id, payload: JSON.stringify(payload) })
  }

  return {
    note,
    noteSession(life, at) {
      const { person, userId, session, lastActive } = life
      if (session && at - lastActive < IDLE_MS) return
      if (session) {
        const ended = { sessionId: session.id, reason: 'expired' }
        note(person, userId, 'signals.session.ended', lastActive + IDLE_MS, ended)
      }
      life.session = { id: pastId(person.random, at), startedAt: at }
      const started = { sessionId: life.session.id, kind: 'oidc' }
      note(person, userId, 'signals.session.started', at, started)
    },
    noteTip(person, { id: tipId, user_id, created_at, ...tip }, answers) {
      const { source, policy, latency_ms: latencyMs, chosen_id: chosenId, propensity } = tip
      const served = { tipId, source, policy, latencyMs }
      note(person, user_id, 'signals.tip.served', created_at, served)
      for (const { action, reward, reward_version: rewardVersion, created_at } of answers) {
        const answer = { tipId, action, reward, rewardVersion, chosenId, propensity }
        note(person, user_id, 'signals.tip.feedback', created_at, answer)
      }
    },
    oldestFirst: () => events.sort((a, b) => a.occurred_at - b.occurred_at),
  }
}
