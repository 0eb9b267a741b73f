import type { EventPayload, EventType } from '../../schemas/events.ts'

/** An event as it is stored, delivered and listed. */
export interface OoEvent<T extends EventType = EventType> {
  /** Position in the event log: grows by commit order. */
  seq: number
  /** UUIDv7; NATS and ml/serving drop repeats by it. */
  id: string
  type: T
  userId: string | null
  /** Milliseconds since the epoch. */
  occurredAt: number
  traceId: string
  payload: EventPayload<T>
}

export type Listener = (event: OoEvent) => void | Promise<void>

/** In-process announcements of what was committed. A listener that must not miss one reads the event log instead. */
export interface EventBus {
  /** @param type an event type, or `*`. @returns the function that stops listening. */
  on(type: EventType | '*', listener: Listener): () => void
  publish(events: readonly OoEvent[]): void
}

/** @param onError told of a listener that failed: it must not fail what has already been committed. */
export function createEventBus(onError: (error: unknown, event: OoEvent) => void): EventBus {
  const listeners = new Map<string, Set<Listener>>()

  function call(listener: Listener, event: OoEvent): void {
    // Also a listener that throws at once must not reach the caller.
    Promise.try(listener, event).catch((error) => onError(error, event))
  }

  return {
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set.add(listener))
      return () => set.delete(listener)
    },
    publish(events) {
      for (const event of events) {
        for (const listener of listeners.get(event.type) ?? []) call(listener, event)
        for (const listener of listeners.get('*') ?? []) call(listener, event)
      }
    },
  }
}
