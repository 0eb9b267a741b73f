import { Counter, Histogram, type Registry } from 'prom-client'

/** An answered request. */
export interface Answered {
  method: string
  /** The route's pattern: a path would make as many series as there are ids. */
  route: string | undefined
  status: number
  /** From the first byte of the request to the last of the answer. */
  milliseconds: number
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts requests by method, route and class of status, and measures how long a route takes. */
export function createHttpMetrics(registry: Registry): (answered: Answered) => void {
  const registers = [registry]
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Answered requests; route "unmatched" is one that does not exist',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to end of answer',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  })
  return ({ method, route = 'unmatched', status, milliseconds }) => {
    requests.inc({ method, route, status: `${Math.floor(status / 100)}xx` })
    durations.observe({ route }, milliseconds / 1_000)
  }
}
