import { insertEvent } from '../../db/events.ts'
import type { Database, Trx } from '../../db/open.ts'
import type { EventPayload, EventType } from '../../schemas/events.ts'
import type { Clock } from '../clock.ts'
import { newId } from '../ids.ts'
import type { EventBus, OoEvent } from './bus.ts'

/** Notes an event in the running transaction. */
export type Emit = <T extends EventType>(
  type: T,
  userId: string | null,
  payload: EventPayload<T>,
) => Promise<OoEvent<T>>

/** One transaction: the change and its events, or neither. */
export type Transact = <R>(
  traceId: string,
  work: (trx: Trx, emit: Emit) => Promise<R>,
) => Promise<R>

/**
 * Makes `transact`: it runs the work in a transaction, and only when that is committed tells the bus of the events in it.
 * Inside the work use the transaction alone: with one SQLite connection the outer handle would wait for itself.
 */
export function createTransact(db: Database, bus: EventBus, clock: Clock): Transact {
  return async (traceId, work) => {
    const events: OoEvent[] = []
    const result = await db.transaction().execute((trx) =>
      work(trx, async (type, userId, payload) => {
        const event = { id: newId(), type, userId, occurredAt: clock(), traceId, payload }
        const seq = await insertEvent(trx, {
          id: event.id,
          type,
          user_id: userId,
          occurred_at: event.occurredAt,
          trace_id: traceId,
          payload: JSON.stringify(payload),
        })
        const stored = { seq, ...event }
        events.push(stored as unknown as OoEvent)
        return stored
      }),
    )
    bus.publish(events)
    return result
  }
}
