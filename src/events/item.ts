import type { StoredEvent } from '../../db/events.ts'
import type { EventItem } from '../../schemas/admin-events.ts'
import { toIso } from '../clock.ts'
import type { OoEvent } from './bus.ts'
import { storedEvent } from './outbox.ts'

/** An event as the admin API lists it and as JetStream holds it. */
export const toItem = (event: OoEvent): EventItem => ({
  ...event,
  occurredAt: toIso(event.occurredAt),
})

export const storedItem = (row: StoredEvent): EventItem => toItem(storedEvent(row))
