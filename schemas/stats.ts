import { type Static, Type } from '@sinclair/typebox'
import { Nullable, ref } from './ref.ts'

export const StatsQuery = Type.Object(
  {
    days: Type.Integer({ minimum: 1, maximum: 365, default: 30, description: 'Today included' }),
    tz: Type.String({
      minLength: 1,
      maxLength: 64,
      default: 'UTC',
      description: 'IANA time zone that the days are those of',
      examples: ['Europe/Berlin'],
    }),
  },
  { additionalProperties: false },
)

const Count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description && { description }) })
const Rate = (description: string) =>
  Nullable(Type.Number({ minimum: 0, maximum: 1, description: `${description}; null: of none` }))
const Latency = (description: string) =>
  Nullable(Type.Integer({ description: `${description}, milliseconds; null: of none` }))

const figures = {
  dau: Count('Users active on the last day'),
  wau: Count('Users active in the 7 days that end with it'),
  mau: Count('Users active in the 30 days that end with it'),
  stickiness: Rate('dau by mau'),
  newUsers: Count(),
  tipsServed: Count(),
  actRate: Rate('Share of the tips served that were answered with done or helpful, whenever'),
  fallbackRate: Rate('Share of the tips served that the rules chose instead of ml/serving'),
  latencyP50: Latency('Median of the time that making a tip took'),
  latencyP95: Latency('Its 95th percentile'),
  feedback: Type.Object({
    viewed: Count(),
    done: Count(),
    helpful: Count(),
    snooze: Count(),
    not_helpful: Count(),
    dismiss: Count(),
  }),
}

const Day = Type.String({ format: 'date' })

export const DayStatsSchema = Type.Object(
  { date: Day, activeUsers: Count('The same as dau'), ...figures },
  { $id: 'DayStats', title: 'DayStats' },
)
export type DayStats = Static<typeof DayStatsSchema>

const busyDay = {
  dau: 412,
  wau: 1_034,
  mau: 1_877,
  stickiness: 0.2195,
  newUsers: 23,
  tipsServed: 1_204,
  actRate: 0.3721,
  fallbackRate: 0.0066,
  latencyP50: 88,
  latencyP95: 241,
  feedback: { viewed: 1_010, done: 350, helpful: 98, snooze: 120, not_helpful: 31, dismiss: 44 },
}

export const StatsSchema = Type.Object(
  {
    days: Type.Integer(),
    tz: Type.String(),
    from: Type.Unsafe<string>({ ...Day, description: 'First day' }),
    to: Type.Unsafe<string>({ ...Day, description: 'Last day: today in this time zone' }),
    ...figures,
    series: Type.Array(ref(DayStatsSchema), { description: 'The same for each day, oldest first' }),
  },
  {
    $id: 'Stats',
    title: 'Stats',
    examples: [
      {
        days: 1,
        tz: 'Europe/Berlin',
        from: '2026-11-22',
        to: '2026-11-22',
        ...busyDay,
        series: [{ date: '2026-11-22', activeUsers: busyDay.dau, ...busyDay }],
      },
    ],
  },
)
export type Stats = Static<typeof StatsSchema>
