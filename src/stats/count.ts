import type { OoEvent } from '../events/bus.ts'
import { binOf } from './histogram.ts'
import { ACTIONS, type Action, addToBin, type Totals } from './totals.ts'

/**
 * Adds one event to the totals of its time. The payload of a user who has left is empty: that there was a tip is still
 * known, what it was like is not.
 */
export function countEvent(totals: Totals, event: OoEvent): void {
  const payload = event.payload as { source?: string; latencyMs?: number; action?: string }
  if (event.type === 'signals.user.created') totals.newUsers++
  if (event.type === 'signals.tip.served') {
    totals.tips++
    if (payload.source === 'rules') totals.fallbacks++
    if (payload.latencyMs !== undefined) addToBin(totals.latency, binOf(payload.latencyMs), 1)
  }
  if (event.type === 'signals.tip.feedback' && isAction(payload.action)) {
    totals.feedback[payload.action]++
  }
}

const isAction = (word: string | undefined): word is Action =>
  (ACTIONS as readonly (string | undefined)[]).includes(word)

/** Whether it says of a user: active. The token session of the built-in administrator is a tool, not a person. */
export const isActivity = (event: OoEvent): boolean =>
  event.type === 'signals.tip.served' ||
  event.type === 'signals.tip.feedback' ||
  (event.type === 'signals.session.started' &&
    (event as OoEvent<'signals.session.started'>).payload.kind !== 'token')
