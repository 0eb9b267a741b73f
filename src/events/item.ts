import type { EventItem } from '../../schemas/admin-events.ts'
import { toIso } from '../clock.ts'
import type { OoEvent } from './bus.ts'

/** An event as the admin API lists it and as JetStream holds it. */
export const toItem = (event: OoEvent): EventItem => ({
  ...event,
  occurredAt: toIso(event.occurredAt),
})
