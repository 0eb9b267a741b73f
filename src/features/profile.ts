import { deleteFeatureRows, listFeatureRows, replaceFeatureRows } from '../../db/features.ts'
import type { Database, DbOrTrx } from '../../db/open.ts'
import { findUser } from '../../db/users.ts'
import type { FeatureBody } from '../../schemas/features.ts'
import { type Clock, hasPassed, SECOND, toIso } from '../clock.ts'
import type { WireFeature } from '../ml/wire.ts'
import { definitionOf, type FeatureSource, features, ttlSeconds } from './catalogue.ts'
import { computers } from './compute.ts'

/** The profile features of users: computed from the database, cached there, each source with its time to live. */
export interface Features {
  /**
   * All features of a user, for a score call; what is missing or stale is computed first. A feature for which there is
   * no data (the act rate of somebody without tips) is left out.
   */
  forUser(userId: string): Promise<Record<string, WireFeature>>
  /** What is cached, missing and stale included; nothing is computed. Undefined for an unknown user. */
  list(userId: string): Promise<FeatureBody[] | undefined>
  /** Forgets what is cached. */
  drop(userId: string): Promise<void>
}

interface Cached {
  name: string
  value: number | null
  source: FeatureSource
  computedAt: number
}

export function createFeatures({ db, clock }: { db: Database; clock: Clock }): Features {
  /**
   * Reads, computes and writes in one transaction: an answer that comes meanwhile is committed either before, and
   * counted, or after, and then drops what was written here.
   */
  function refresh(userId: string, now: number): Promise<Cached[]> {
    return db.transaction().execute(async (trx) => {
      // Deleted while a tip was being made: there is nobody to keep features for.
      if (!(await findUser(trx, userId))) return []
      const cached = await readCached(trx, userId)
      const due = dueSources(cached, now)
      const kept = cached.filter(({ source }) => !due.includes(source))
      const computed: Cached[] = []
      for (const source of due) {
        const values = await computers[source](trx, userId, now)
        for (const [name, value] of Object.entries(values)) {
          computed.push({ name, value, source, computedAt: now })
        }
      }
      const replaced = cached.filter(({ source }) => due.includes(source)).map(({ name }) => name)
      await replaceFeatureRows(trx, userId, replaced, rowsOf(userId, computed))
      return [...kept, ...computed]
    })
  }

  return {
    async forUser(userId) {
      const now = clock()
      const cached = await readCached(db, userId)
      const current = dueSources(cached, now).length === 0 ? cached : await refresh(userId, now)
      return wireOf(current, now)
    },

    async list(userId) {
      if (!(await findUser(db, userId))) return undefined
      const now = clock()
      const cached = await readCached(db, userId)
      const known = new Set(cached.map(({ name }) => name))
      const missing = features.filter(({ name }) => !known.has(name)).map(missingBody)
      return [...cached.map((feature) => featureBody(feature, now)), ...missing]
    },

    async drop(userId) {
      await deleteFeatureRows(db, userId)
    },
  }
}

/** Rows of features that are no longer in the catalogue are passed over; they go when the user's rows are dropped. */
async function readCached(db: DbOrTrx, userId: string): Promise<Cached[]> {
  const rows = await listFeatureRows(db, userId)
  return rows.flatMap(({ name, value, computed_at }) => {
    const definition = definitionOf(name)
    if (!definition) return []
    return { name, value: JSON.parse(value), source: definition.source, computedAt: computed_at }
  })
}

/** Sources of which a feature is missing or past its time to live. */
function dueSources(cached: readonly Cached[], now: number): FeatureSource[] {
  const fresh = new Set<string>()
  for (const feature of cached) {
    if (statusOf(feature, now) === 'fresh') fresh.add(feature.name)
  }
  return [...new Set(features.filter(({ name }) => !fresh.has(name)).map(({ source }) => source))]
}

/** Whole seconds; never negative, should the clock have been set back. */
const ageSeconds = ({ computedAt }: Cached, now: number): number =>
  Math.max(0, Math.floor((now - computedAt) / SECOND))

const statusOf = (feature: Cached, now: number): 'fresh' | 'stale' =>
  hasPassed(feature.computedAt, ttlSeconds[feature.source] * SECOND, now) ? 'stale' : 'fresh'

function rowsOf(userId: string, computed: readonly Cached[]) {
  return computed.map(({ name, value, computedAt }) => ({
    user_id: userId,
    name,
    value: JSON.stringify(value),
    computed_at: computedAt,
  }))
}

function wireOf(cached: readonly Cached[], now: number): Record<string, WireFeature> {
  const entries = cached.flatMap((feature) => {
    const { name, value } = feature
    if (value === null) return []
    const wire: WireFeature = {
      value,
      age_s: ageSeconds(feature, now),
      status: statusOf(feature, now),
    }
    return [[name, wire] as const]
  })
  return Object.fromEntries(entries)
}

const featureBody = (feature: Cached, now: number): FeatureBody => ({
  name: feature.name,
  value: feature.value,
  computedAt: toIso(feature.computedAt),
  ageSeconds: ageSeconds(feature, now),
  ttlSeconds: ttlSeconds[feature.source],
  status: statusOf(feature, now),
  source: feature.source,
})

const missingBody = ({ name, source }: (typeof features)[number]): FeatureBody => ({
  name,
  value: null,
  computedAt: null,
  ageSeconds: null,
  ttlSeconds: ttlSeconds[source],
  status: 'missing',
  source,
})
