import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/open.ts'
import { findPolicyRow, listPolicyRows, type Policy, updatePolicy } from '../../db/policies.ts'
import type { PoliciesBody, PolicyBody } from '../../schemas/policies.ts'
import { type Clock, hasPassed, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Transact } from '../events/transact.ts'
import { UpstreamError } from '../http/client.ts'
import { createInFlight } from '../jobs/in-flight.ts'
import type { Log } from '../log.ts'
import type { MlClient } from '../ml/client.ts'
import { newTraceId } from '../trace.ts'
import { storePolicies } from './store-policies.ts'

/** Which policy decides, and which only say what they would have chosen. Held in the database. */
export interface Policies {
  /**
   * The names to send with a score call, at most a second old. Before ml/serving has ever named its policies, the first
   * caller waits a moment for it to do so; it is never waited for again, and its failure is none of the caller's.
   */
  inForce(): Promise<{ active: string; shadows: string[] }>
  list(): Promise<PoliciesBody>
  /**
   * Enables or disables a shadow; without `enabled` the other way than it is.
   *
   * @throws {Problem} `not_found`; `policy_active` for the one that decides.
   */
  toggle(name: string, enabled: boolean | undefined, traceId: string): Promise<PolicyBody>
  /** Asks ml/serving which policies it knows. @returns whether it answered. */
  refresh(traceId: string): Promise<boolean>
  /** Waits, at most `limitMs`, for what still runs behind. */
  drain(limitMs: number): Promise<void>
}

export interface PoliciesDeps {
  db: Database
  transact: Transact
  clock: Clock
  ml: Pick<MlClient, 'policies'>
  log: Log
}

/** What decides until ml/serving names its active policy for the first time. */
const INITIAL = 'linucb'
/** How soon a change by another process is seen. */
const CACHE_MS = SECOND
/** What a tip may lose to the very first contact with ml/serving. */
const FIRST_ANSWER_WITHIN_MS = 30

export function createPolicies({ db, transact, clock, ml, log }: PoliciesDeps): Policies {
  const inFlight = createInFlight()
  let cache: { at: number; rows: Promise<Policy[]> } | undefined
  let asked: { at: number; answer: Promise<unknown> } | undefined
  let answering = true
  /** What ml/serving named as active when it was last asked. */
  let upstreamActive: string | undefined

  function cachedRows(): Promise<Policy[]> {
    const now = clock()
    if (cache === undefined || hasPassed(cache.at, CACHE_MS, now)) {
      const rows = listPolicyRows(db)
      const entry = { at: now, rows }
      cache = entry
      // A failed reading is not kept.
      rows.catch(() => {
        if (cache === entry) cache = undefined
      })
    }
    return cache.rows
  }

  async function refresh(traceId: string): Promise<boolean> {
    try {
      const told = await ml.policies({ traceId })
      upstreamActive = told.active
      if (await storePolicies({ db, transact, clock, log }, told, traceId)) cache = undefined
      if (!answering) log.info({ traceId }, 'ml/serving names its policies again')
      answering = true
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      if (answering) log.warn({ reason: error.message, traceId }, 'ml/serving names no policies')
      answering = false
    }
    return answering
  }

  /** Nothing is known yet: ask, at most once in a while, and wait only the first time. */
  async function firstContact(): Promise<void> {
    const first = asked === undefined
    if (asked === undefined || hasPassed(asked.at, CACHE_MS, clock())) {
      const traceId = newTraceId()
      const answer = refresh(traceId).catch((err) =>
        log.error({ err, traceId }, 'the policies could not be stored'),
      )
      asked = { at: clock(), answer: inFlight.track(answer) }
    }
    if (first) {
      await Promise.race([asked.answer, sleep(FIRST_ANSWER_WITHIN_MS, undefined, { ref: false })])
    }
  }

  return {
    async inForce() {
      let rows = await cachedRows()
      if (rows.length === 0) {
        await firstContact()
        rows = await cachedRows()
      }
      const active = decidingPolicy(rows, upstreamActive)
      const shadows = rows.filter(
        (row) => row.enabled === 1 && row.missing === 0 && row.active === 0 && row.name !== active,
      )
      return { active, shadows: shadows.map(({ name }) => name) }
    },

    async list() {
      const rows = await listPolicyRows(db)
      const active = rows.find((row) => row.active === 1)
      return {
        active: active?.name ?? INITIAL,
        activeVersion: active?.version ?? null,
        activeMissing: active?.missing === 1,
        shadows: rows.filter((row) => row !== active).map(policyBody),
      }
    },

    async toggle(name, enabled, traceId) {
      const toggled = await transact(traceId, async (trx, emit) => {
        const row = await findPolicyRow(trx, name)
        if (!row) throw new Problem('not_found')
        if (row.active === 1) throw new Problem('policy_active')
        const wanted = enabled ?? row.enabled === 0
        if (wanted === (row.enabled === 1)) return row
        const change = { enabled: Number(wanted), updated_at: clock() }
        await updatePolicy(trx, name, change)
        await emit('signals.policy.toggled', null, { policy: name, enabled: wanted })
        return { ...row, ...change }
      })
      cache = undefined
      return policyBody(toggled)
    },

    refresh,
    drain: (limitMs) => inFlight.drain(limitMs),
  }
}

/**
 * A policy that ml/serving no longer knows cannot decide: the one it names itself stands in until ours is back. Should
 * that be unknown too, ours is sent all the same; the call is then refused, and the rules decide.
 */
function decidingPolicy(rows: readonly Policy[], upstreamActive: string | undefined): string {
  const active = rows.find((row) => row.active === 1)
  if (active?.missing === 0) return active.name
  return upstreamActive ?? active?.name ?? INITIAL
}

const policyBody = (row: Policy): PolicyBody => ({
  name: row.name,
  version: row.version,
  enabled: row.enabled === 1,
  missing: row.missing === 1,
  agreement: row.decisions === 0 ? null : row.agreements / row.decisions,
  decisions: row.decisions,
})
