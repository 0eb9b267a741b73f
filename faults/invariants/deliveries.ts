import type { NatsConnection } from 'nats'
import type { MlServing } from '../../sandbox/ml-serving/index.ts'
import { STREAM } from '../../src/events/jetstream.ts'
import type { Ledger } from '../ledger.ts'
import type { LoggedEvent } from './database.ts'
import { countBy } from './http.ts'

/** Every reward of a living user reached ml/serving, at least once. */
export function examineRewards(
  ml: MlServing,
  events: readonly LoggedEvent[],
  ledger: Ledger,
): string[] {
  const received = new Set(ml.control.rewards().map(({ event }) => event.event_id))
  const rewarded = new Set<string>()
  const broken: string[] = []
  for (const { id, type, payload } of events) {
    if (type !== 'signals.tip.feedback') continue
    const { tipId, action, chosenId } = JSON.parse(payload)
    if (!chosenId) continue
    rewarded.add(`${tipId} ${action}`)
    if (!received.has(id)) broken.push(`the reward ${id} never reached ml/serving`)
  }
  if (ledger.feedback.length > 0 && rewarded.size === 0) broken.push('there is no reward at all')
  return broken
}

/** JetStream holds each event of the log once, in the log's order. */
export async function examineStream(
  connection: NatsConnection,
  events: readonly LoggedEvent[],
): Promise<string[]> {
  const held = await streamIds(connection)
  const broken: string[] = []
  for (const [id, times] of countBy(held, (id) => id)) {
    if (times > 1) broken.push(`event ${id} is in JetStream ${times} times`)
  }
  const there = new Set(held)
  const missing = events.filter(({ id }) => !there.has(id))
  for (const { id, type } of missing) broken.push(`${type} ${id} is not in JetStream`)
  const inOrder = events.every(({ id }, index) => held[index] === id)
  if (broken.length === 0 && !inOrder) broken.push('JetStream has the events in another order')
  return broken
}

async function streamIds(connection: NatsConnection): Promise<string[]> {
  const jsm = await connection.jetstreamManager()
  const { state } = await jsm.streams.info(STREAM)
  const ids: string[] = []
  if (state.messages === 0) return ids
  const consumer = await connection.jetstream().consumers.get(STREAM)
  for await (const message of await consumer.consume()) {
    ids.push(message.json<{ id: string }>().id)
    if (message.seq === state.last_seq) break
  }
  return ids
}
