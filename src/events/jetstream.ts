import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
} from 'nats'
import type { EventFilter } from '../../db/events.ts'
import type { EventItem } from '../../schemas/admin-events.ts'
import { DAY, MINUTE, SECOND } from '../clock.ts'
import type { OoEvent } from './bus.ts'
import { toItem } from './item.ts'
import { matches } from './tail.ts'

export const STREAM = 'OO_EVENTS'
const SUBJECTS = ['signals.>']

/**
 * Longer than the server's two minutes: a delivery that is in doubt is tried again after at most one minute of waiting,
 * and a restart of this server fits in as well. Whatever takes longer is settled by looking at the end of the stream.
 */
const DUPLICATE_WINDOW_MS = 10 * MINUTE
/** The lasting history is in the database. */
const MAX_AGE_MS = 30 * DAY

const ACK_TIMEOUT_MS = 5 * SECOND
/** Published and not yet acknowledged, at most. */
const IN_FLIGHT = 64
/** JetStream error codes. */
const STREAM_NOT_FOUND = 10_059
const NO_MESSAGE_FOUND = 10_037
const WRONG_LAST_MESSAGE_ID = 10_070

const errorCode = (error: unknown): number | undefined =>
  error instanceof NatsError ? error.api_error?.err_code : undefined

/** Makes the stream, or adds to an existing one what it lacks; limits that an operator chose stay. */
export async function ensureStream(jsm: JetStreamManager): Promise<void> {
  const info = await jsm.streams.info(STREAM).catch((error: unknown) => {
    if (errorCode(error) === STREAM_NOT_FOUND) return undefined
    throw error
  })
  if (!info) {
    await jsm.streams.add({
      name: STREAM,
      subjects: SUBJECTS,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      max_age: nanos(MAX_AGE_MS),
    })
    return
  }
  const { subjects, duplicate_window: window } = info.config
  const missing = SUBJECTS.filter((subject) => !subjects.includes(subject))
  if (missing.length === 0 && window >= nanos(DUPLICATE_WINDOW_MS)) return
  await jsm.streams.update(STREAM, {
    subjects: [...subjects, ...missing],
    duplicate_window: Math.max(window, nanos(DUPLICATE_WINDOW_MS)),
  })
}

/** Somebody else may publish into the stream too, and anything at all. */
function ourItem(text: string): EventItem | undefined {
  try {
    const item = JSON.parse(text)
    return typeof item?.id === 'string' && typeof item.seq === 'number' ? item : undefined
  } catch {
    return undefined
  }
}

/** The event that the stream ends with; undefined when it is empty, or ends with something that is not ours. */
export async function lastInStream(
  jsm: JetStreamManager,
): Promise<{ id: string; seq: number } | undefined> {
  const { state } = await jsm.streams.info(STREAM)
  if (state.messages === 0) return undefined
  try {
    const message = await jsm.streams.getMessage(STREAM, { seq: state.last_seq })
    return ourItem(message.string())
  } catch (error) {
    if (errorCode(error) === NO_MESSAGE_FOUND) return undefined
    throw error
  }
}

/**
 * Publishes events in order, a bounded number ahead of their acknowledgements. Each but the first names the one before
 * it as the stream's last message, so that after a failure none can slip in behind a gap.
 *
 * @param acknowledged called for each event, in order, once it is stored for certain.
 * @throws on the first event that is not; the ones behind it are then not stored either.
 */
export async function publishInOrder(
  js: JetStreamClient,
  events: readonly OoEvent[],
  acknowledged: (event: OoEvent) => void,
): Promise<void> {
  const inFlight: { event: OoEvent; ack: Promise<unknown> }[] = []

  async function settleOldest(): Promise<void> {
    const oldest = inFlight.shift()
    if (!oldest) return
    await oldest.ack
    acknowledged(oldest.event)
  }

  try {
    for (const [index, event] of events.entries()) {
      const before = events[index - 1]
      const ack = js.publish(event.type, JSON.stringify(toItem(event)), {
        msgID: event.id,
        timeout: ACK_TIMEOUT_MS,
        ...(before && { expect: { lastMsgID: before.id } }),
      })
      ack.catch(() => {})
      inFlight.push({ event, ack })
      if (inFlight.length >= IN_FLIGHT) await settleOldest()
    }
    while (inFlight.length > 0) await settleOldest()
  } finally {
    // A new attempt must not overtake what is still on its way.
    await Promise.allSettled(inFlight.map(({ ack }) => ack))
  }
}

/** Somebody else published in between: go on from the first event that is not stored. */
export const isOvertaken = (error: unknown): boolean => errorCode(error) === WRONG_LAST_MESSAGE_ID

/** How long the server keeps the reader of one listing, should we not come to take it down. */
const READER_MS = 10 * SECOND

/** The events among the last `depth` messages of the stream that match, oldest first. */
export async function readStreamEnd(
  connection: NatsConnection,
  depth: number,
  filter: EventFilter,
): Promise<EventItem[]> {
  const jsm = await connection.jetstreamManager({ checkAPI: false })
  const { state } = await jsm.streams.info(STREAM)
  if (state.messages === 0) return []
  const reader = await jsm.consumers.add(STREAM, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(state.first_seq, state.last_seq - depth + 1),
    inactive_threshold: nanos(READER_MS),
    mem_storage: true,
    ...(filter.type !== undefined && { filter_subject: filter.type }),
  })
  try {
    if (reader.num_pending === 0) return []
    const consumer = await connection.jetstream().consumers.get(STREAM, reader.name)
    const messages = await consumer.fetch({ max_messages: reader.num_pending, expires: SECOND })
    const items: EventItem[] = []
    for await (const message of messages) {
      const item = ourItem(message.string())
      if (item && matches(item, filter)) items.push(item)
    }
    return items
  } finally {
    await jsm.consumers.delete(STREAM, reader.name).catch(() => {})
  }
}
