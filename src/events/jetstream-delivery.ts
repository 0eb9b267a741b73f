import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import type { OoEvent } from './bus.ts'
import { ensureStream, isOvertaken, lastInStream, publishInOrder } from './jetstream.ts'
import type { NatsLink } from './nats-link.ts'

/**
 * A batch takes at least so long, which bounds two things: how fast a backlog drains (10,000 events a second) and how
 * often the cursor is written while events trickle in (20 times a second).
 */
export const BATCH_SIZE = 500
const MIN_BATCH_MS = 50

export interface JetStreamDelivery {
  /** Hands events over, in order; waits while NATS is away. @throws when JetStream refuses: to be tried again. */
  deliver(events: OoEvent[]): Promise<void>
  /** Position of the last event that JetStream is known to have. */
  delivered(): number
}

/** @param cursor position up to which everything was delivered before. */
export function createJetStreamDelivery(
  link: NatsLink,
  log: Log,
  cursor: number,
): JetStreamDelivery {
  let delivered = cursor
  let verified = false
  link.onConnect(() => {
    verified = false
  })

  /**
   * After anything that leaves doubt, the end of the stream tells how far we came: it is written in order, so everything
   * before its last event is in it. That holds also where the duplicate window has long passed.
   */
  async function verify(events: readonly OoEvent[]): Promise<void> {
    const connection = await link.whenConnected()
    const jsm = await connection.jetstreamManager({ checkAPI: false })
    await ensureStream(jsm)
    const last = await lastInStream(jsm)
    // By id as well: a database restored from a backup gives the same positions to other events.
    const reached = events.find((event) => event.id === last?.id)
    if (reached) delivered = Math.max(delivered, reached.seq)
    verified = true
  }

  async function attempt(events: readonly OoEvent[]): Promise<void> {
    if (!verified) await verify(events)
    const connection = await link.whenConnected()
    const rest = events.filter((event) => event.seq > delivered)
    await publishInOrder(connection.jetstream({ checkAPI: false }), rest, (event) => {
      delivered = event.seq
    })
  }

  return {
    delivered: () => delivered,
    async deliver(events) {
      const pace = sleep(MIN_BATCH_MS)
      for (let done = false; !done; ) {
        const before = delivered
        try {
          await attempt(events)
          done = true
        } catch (error) {
          verified = false
          if (!isOvertaken(error) || delivered === before) throw error
          log.warn({}, 'someone else publishes into the event stream')
        }
      }
      await pace
    },
  }
}
