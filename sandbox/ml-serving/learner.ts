import type { Vector } from '../../sim/policies/linalg.ts'
import type { Policy } from '../../sim/policies/types.ts'
import { vectorOf } from '../../sim/policies/vector.ts'
import { BoundedMap } from './bounded-map.ts'
import type { RewardEvent, ScoreBody } from './schemas.ts'

/** Decisions kept so that a later reward finds the features it is about. */
const DECISION_LIMIT = 10_000
const EVENT_LIMIT = 100_000

type Remembered = Pick<ScoreBody, 'user_id' | 'context' | 'candidates'>

/** One decision's lesson: the chosen vector and the reward that counts for it. */
interface Lesson {
  x: Vector
  reward: number
}

export interface ReceivedReward {
  event: RewardEvent
  /** How often it was delivered. */
  count: number
}

/** Turns rewards into lessons for the policies, and can undo or repeat what a user taught. */
export class Learner {
  readonly #policies: readonly Policy[]
  readonly #decisions = new BoundedMap<string, Remembered>(DECISION_LIMIT)
  readonly #received = new BoundedMap<string, ReceivedReward>(EVENT_LIMIT)
  /** By user, then by decision. */
  readonly #lessons = new Map<string, Map<string, Lesson>>()
  readonly #stateVersions = new Map<string, number>()
  readonly #resets = new BoundedMap<string, number>(EVENT_LIMIT)

  constructor(policies: Iterable<Policy>) {
    this.#policies = [...policies]
  }

  remember(decision: ScoreBody): void {
    this.#decisions.set(decision.decision_id, decision)
  }

  /** Takes rewards in, each event id once. A reward whose decision is unknown is accepted and teaches nothing. */
  receive(events: readonly RewardEvent[]): { accepted: number; duplicates: number } {
    let accepted = 0
    for (const event of events) {
      const known = this.#received.get(event.event_id)
      if (known !== undefined) {
        known.count++
        continue
      }
      this.#received.set(event.event_id, { event, count: 1 })
      this.#learn(event)
      accepted++
    }
    return { accepted, duplicates: events.length - accepted }
  }

  received(): ReceivedReward[] {
    return [...this.#received.values()]
  }

  /** Forgets all that the user taught; the same request id does it once. Returns the user's state version. */
  reset(userId: string, requestId: string): number {
    const done = this.#resets.get(requestId)
    if (done !== undefined) return done
    const version = (this.#stateVersions.get(userId) ?? 1) + 1
    this.#stateVersions.set(userId, version)
    this.#resets.set(requestId, version)
    this.#lessons.delete(userId)
    this.#forget(userId)
    return version
  }

  /** Learns the user's rewards since their last reset once more from the start. */
  rebuild(userId: string): void {
    this.#forget(userId)
    for (const { x, reward } of this.#lessons.get(userId)?.values() ?? []) {
      for (const policy of this.#policies) policy.learn(userId, x, reward)
    }
  }

  /** Drops everything held about the user. */
  erase(userId: string): void {
    this.#forget(userId)
    this.#lessons.delete(userId)
    this.#stateVersions.delete(userId)
    for (const [id, { user_id }] of this.#decisions) {
      if (user_id === userId) this.#decisions.delete(id)
    }
    for (const [id, { event }] of this.#received) {
      if (event.user_id === userId) this.#received.delete(id)
    }
  }

  #forget(userId: string): void {
    for (const policy of this.#policies) policy.reset(userId)
  }

  #learn({ decision_id, user_id, chosen_id, action, reward }: RewardEvent): void {
    const x = this.#vectorOf(decision_id, user_id, chosen_id)
    if (x === undefined) return
    const lessons = this.#lessons.get(user_id) ?? new Map<string, Lesson>()
    this.#lessons.set(user_id, lessons)
    const earlier = lessons.get(decision_id)
    // That a tip was seen says nothing more once it was answered.
    if (earlier !== undefined && action === 'viewed') return
    lessons.set(decision_id, { x, reward })
    for (const policy of this.#policies) policy.learn(user_id, x, reward, earlier?.reward)
  }

  #vectorOf(decisionId: string, userId: string, chosenId: string): Vector | undefined {
    const decision = this.#decisions.get(decisionId)
    if (decision?.user_id !== userId) return undefined
    const chosen = decision.candidates.find(({ id }) => id === chosenId)
    return chosen && vectorOf(decision.context, chosen.features)
  }
}
