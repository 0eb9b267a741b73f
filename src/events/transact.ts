import { insertEvent } from '../../db/events.ts'
import type { Database, Trx } from '../../db/open.ts'
import { savepoint } from '../../db/savepoint.ts'
import type { EventPayload, EventType } from '../../schemas/events.ts'
import { inBatches } from '../batches.ts'
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

/** A change that waits for its turn. */
interface Change {
  traceId: string
  work(trx: Trx, emit: Emit): Promise<unknown>
  done: PromiseWithResolvers<unknown>
}

/** A change that was carried out and waits for the commit. */
interface CarriedOut {
  change: Change
  result: unknown
  events: OoEvent[]
}

/** Changes that share a commit, at most. */
const MAX_TOGETHER = 50

/**
 * Makes `transact`: it runs the work in a transaction, and only when that is committed tells the bus of the events in it.
 * Inside the work use the transaction alone: with one SQLite connection the outer handle would wait for itself.
 *
 * The dear part of a small change is to wait for the disk at its commit. Changes that come at about the same time
 * therefore share one, each with a savepoint to go back to when it fails alone; none is acknowledged before
 * the commit that holds it.
 */
export function createTransact(db: Database, bus: EventBus, clock: Clock): Transact {
  async function carryOut(trx: Trx, change: Change): Promise<CarriedOut> {
    const events: OoEvent[] = []
    const { traceId } = change
    const result = await change.work(trx, async (type, userId, payload) => {
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
    })
    return { change, result, events }
  }

  async function writeOne(change: Change): Promise<CarriedOut[]> {
    return [await db.transaction().execute((trx) => carryOut(trx, change))]
  }

  /** @throws when the transaction as a whole failed: then none of the changes was made. */
  async function writeTogether(changes: readonly Change[]): Promise<CarriedOut[]> {
    const carriedOut: CarriedOut[] = []
    const failed: { change: Change; error: unknown }[] = []
    await db.transaction().execute(async (trx) => {
      for (const change of changes) {
        await savepoint.set(trx)
        try {
          carriedOut.push(await carryOut(trx, change))
        } catch (error) {
          await savepoint.goBack(trx)
          failed.push({ change, error })
        }
        await savepoint.release(trx)
      }
    })
    for (const { change, error } of failed) change.done.reject(error)
    return carriedOut
  }

  const push = inBatches<Change>(
    async (changes) => {
      const [first] = changes as [Change]
      try {
        const written = await (changes.length === 1 ? writeOne(first) : writeTogether(changes))
        bus.publish(written.flatMap(({ events }) => events))
        for (const { change, result } of written) change.done.resolve(result)
      } catch (error) {
        for (const { done } of changes) done.reject(error)
      }
    },
    { most: MAX_TOGETHER },
  )

  return <R>(traceId: string, work: (trx: Trx, emit: Emit) => Promise<R>) => {
    const done = Promise.withResolvers<unknown>()
    push({ traceId, work, done })
    return done.promise as Promise<R>
  }
}
