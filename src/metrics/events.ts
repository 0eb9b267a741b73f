import { Counter, Histogram, type Registry } from 'prom-client'
import type { EventPayload, EventType } from '../../schemas/events.ts'
import type { EventBus } from '../events/bus.ts'

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]
const PUSH_OUTCOMES = ['sent', 'removed', 'failed'] as const

/** Counts what is announced on the bus. @returns the function that stops counting. */
export function countEvents(registry: Registry, bus: EventBus): () => void {
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers: [registry] })
  const all = counter('oo_events_total', 'Committed events', 'type')
  const syncs = counter('oo_syncs_total', 'Task syncs: ok or failed', 'provider', 'outcome')
  const tips = counter('oo_tips_served_total', 'Tips by who chose them', 'source')
  const feedback = counter('oo_tip_feedback_total', 'Feedback to tips', 'action')
  const pushes = counter('oo_push_total', 'Web push: sent, removed, failed', 'outcome')
  const latency = new Histogram({
    name: 'oo_tip_latency_seconds',
    help: 'Time that making a tip took',
    labelNames: ['source'],
    buckets: SECONDS,
    registers: [registry],
  })
  // A series that begins with its first count hides that count from rate().
  for (const outcome of PUSH_OUTCOMES) pushes.inc({ outcome }, 0)

  const stops = [bus.on('*', ({ type }) => all.inc({ type }))]
  function on<T extends EventType>(type: T, count: (payload: EventPayload<T>) => void): void {
    stops.push(bus.on(type, ({ payload }) => count(payload as EventPayload<T>)))
  }

  on('signals.task.synced', ({ provider }) => syncs.inc({ provider, outcome: 'ok' }))
  on('signals.integration.failed', ({ provider }) => syncs.inc({ provider, outcome: 'failed' }))
  on('signals.tip.served', ({ source, latencyMs }) => {
    tips.inc({ source })
    latency.observe({ source }, latencyMs / 1_000)
  })
  on('signals.tip.feedback', ({ action }) => feedback.inc({ action }))
  on('signals.push.sent', (counts) => {
    for (const outcome of PUSH_OUTCOMES) pushes.inc({ outcome }, counts[outcome])
  })
  return () => {
    for (const stop of stops) stop()
  }
}
