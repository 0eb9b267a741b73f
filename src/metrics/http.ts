import { Counter, type Metric, type Registry } from 'prom-client'

/** An answered request. */
export interface Answered {
  method: string
  /** The route's pattern: a path would make as many series as there are ids. */
  route: string | undefined
  status: number
  /** From the first byte of the request to the last of the answer. */
  milliseconds: number
}

const MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

/** What is known of a route. */
interface RouteFigures {
  /** Answers by class of status and method. */
  answered: Map<string, number>[]
  /** How many took at most so long and longer than the bound before; those that took longest come last. */
  buckets: number[]
  sumMs: number
}

const newFigures = (): RouteFigures => ({
  answered: Array.from({ length: 6 }, () => new Map()),
  buckets: MS.map(() => 0).concat(0),
  sumMs: 0,
})

/**
 * Counts requests by method, route and class of status, and measures how long a route takes.
 *
 * prom-client looks a series up by a text of all its labels, which it makes anew each time: a tenth of what a probe
 * costs. So the counting is done here, in plain numbers, and prom-client is told when somebody reads.
 */
export function createHttpMetrics(registry: Registry): (answered: Answered) => void {
  const routes = new Map<string, RouteFigures>()
  new Counter({
    name: 'http_requests_total',
    help: 'Answered requests; route "unmatched" is one that does not exist',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [route, { answered }] of routes) {
        for (const [statusClass, methods] of answered.entries()) {
          for (const [method, count] of methods) {
            this.inc({ method, route, status: `${statusClass}xx` }, count)
          }
        }
      }
    },
  })
  registry.registerMetric(durationsOf(routes))

  return ({ method, route = 'unmatched', status, milliseconds }) => {
    let figures = routes.get(route)
    if (figures === undefined) {
      figures = newFigures()
      routes.set(route, figures)
    }
    const methods = figures.answered[Math.trunc(status / 100)] as Map<string, number>
    methods.set(method, (methods.get(method) ?? 0) + 1)
    let bucket = 0
    while (milliseconds > (MS[bucket] as number)) bucket++
    figures.buckets[bucket] = (figures.buckets[bucket] as number) + 1
    figures.sumMs += milliseconds
  }
}

const DURATION = 'http_request_duration_seconds'

/** A histogram of figures kept elsewhere. A registry asks a metric for its values and no more; its type says otherwise. */
const durationsOf = (routes: ReadonlyMap<string, RouteFigures>): Metric =>
  ({
    name: DURATION,
    get: async () => ({
      name: DURATION,
      help: 'Time from request to end of answer',
      type: 'histogram',
      aggregator: 'sum',
      values: [...routes].flatMap(([route, figures]) => seriesOf(route, figures)),
    }),
  }) as unknown as Metric

function seriesOf(route: string, { buckets, sumMs }: RouteFigures) {
  let count = 0
  const cumulated = buckets.map((more, index) => {
    count += more
    const bound = MS[index]
    const le = bound === undefined ? '+Inf' : String(bound / 1_000)
    return { metricName: `${DURATION}_bucket`, labels: { le, route }, value: count }
  })
  return [
    ...cumulated,
    { metricName: `${DURATION}_sum`, labels: { route }, value: sumMs / 1_000 },
    { metricName: `${DURATION}_count`, labels: { route }, value: count },
  ]
}
