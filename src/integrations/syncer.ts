import { bulkhead } from 'cockatiel'
import {
  claimDueIntegration,
  claimIntegration,
  findIntegration,
  type Integration,
  updateLeased,
} from '../../db/integrations.ts'
import { SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import { createInFlight } from '../jobs/in-flight.ts'
import { newTraceId } from '../trace.ts'
import type { IntegrationDeps } from './deps.ts'
import { leasedSince, leaseFrom } from './lease.ts'
import { horizonFrom, LONGEST_ASKED_MS } from './next-sync.ts'
import { atOnce, type CallTurn, syncOne } from './sync-one.ts'

export interface Syncer {
  /**
   * Starts a sync now, unless one is under way, and does not wait for it.
   *
   * @returns when the sync that is under way has started.
   * @throws {Problem} not_found (not connected), integration_reauthorize, rate_limited (the provider asked us to wait).
   */
  start(userId: string, provider: string, traceId: string): Promise<{ startedAt: number }>
  /** Starts the syncs that are due, a few at a time, and does not wait for them; each that ends makes room for the next. */
  startDue(): void
  /** Lets the syncs under way end, a few seconds long; then breaks them off, which loses nothing. */
  close(): Promise<void>
}

/** A sync of this process, which holds its integration's lease or has just given it back. */
interface UnderWay {
  row: Integration
  ended: Promise<void>
}

/** Calls to providers at once, for due syncs of this process. */
const CALLS_AT_ONCE = 8
/** While so many are under way others are claimed, or write what came: to wait for the disk holds up no call. */
const SYNCS_AT_ONCE = CALLS_AT_ONCE + 4
/** As long as a token refresh may take: one that is cut off can cost the user's connection. */
const CLOSE_WITHIN_MS = 5 * SECOND
const BREAK_OFF_WITHIN_MS = SECOND / 2

export function createSyncer(deps: IntegrationDeps): Syncer {
  const { db, clock, log, providers } = deps
  const inFlight = createInFlight()
  const closing = new AbortController()
  const calls = bulkhead(CALLS_AT_ONCE, Number.POSITIVE_INFINITY)
  const inTurn: CallTurn = (call) => calls.execute(call, closing.signal)
  /** Syncs of this process, by integration. */
  const underWay = new Map<string, UnderWay>()
  let workers = 0
  let stopping = false

  async function run(row: Integration, traceId: string, turn: CallTurn): Promise<void> {
    const before = underWay.get(row.id)
    if (before && (await isDoneBy(before, row))) return
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    underWay.set(row.id, { row, ended })
    try {
      await syncOne(deps, row, { traceId, signal: closing.signal }, turn)
    } catch (err) {
      // Ours, not the provider's: the database. The lease is left to run out, which is wait enough.
      log.error({ err, integration: row.id, traceId }, 'sync broke off')
    } finally {
      underWay.delete(row.id)
      end()
    }
  }

  /**
   * Lets a sync end whose integration was claimed once more meanwhile. Either the clock was set ahead and its lease ran
   * out before the time: then it goes on with the new one, and gives that back. Or it had given its own back already:
   * then the new one is still held, and asks for a sync of its own.
   */
  async function isDoneBy(before: UnderWay, claimed: Integration): Promise<boolean> {
    const { sync_lease_until } = claimed
    before.row.sync_lease_until = sync_lease_until
    await before.ended
    return !(await updateLeased(db, claimed, { sync_lease_until }))
  }

  /** Takes one due integration after the other; the first it gets calls a colleague, so that an idle tick is one query. */
  async function work(): Promise<void> {
    while (!stopping) {
      const now = clock()
      const horizon = horizonFrom(now, deps.syncIntervalMs)
      const row = await claimDueIntegration(db, leaseFrom(now), horizon)
      if (!row) return
      callWorker()
      await run(row, newTraceId(), inTurn)
    }
  }

  function callWorker(): void {
    if (workers >= SYNCS_AT_ONCE || stopping) return
    workers += 1
    const ended = work()
      .catch((err) => log.error({ err, traceId: newTraceId() }, 'due syncs cannot be read'))
      .finally(() => {
        workers -= 1
      })
    inFlight.track(ended)
  }

  return {
    async start(userId, provider, traceId) {
      const found = await findIntegration(db, userId, provider)
      if (!found) throw new Problem('not_found')
      const now = clock()
      const running = leasedSince(found, now)
      if (running !== undefined) return { startedAt: running }
      refuseUseless(found, now)
      const claimed = await claimIntegration(db, found.id, leaseFrom(now))
      if (claimed) inFlight.track(run(claimed, traceId, atOnce))
      return { startedAt: now }
    },

    startDue: callWorker,

    async close() {
      stopping = true
      await inFlight.drain(CLOSE_WITHIN_MS)
      closing.abort()
      await Promise.all([...providers.values()].map((provider) => provider.close()))
      await inFlight.drain(BREAK_OFF_WITHIN_MS)
    },
  }
}

function refuseUseless({ status, last_error, next_sync_at }: Integration, now: number): void {
  if (status === 'reauthorize') throw new Problem('integration_reauthorize')
  const waitMs = (next_sync_at ?? now) - now
  // A longer wait was not asked for: the clock was set back since.
  if (last_error === 'rate_limited' && waitMs > 0 && waitMs <= LONGEST_ASKED_MS) {
    const seconds = Math.ceil(waitMs / SECOND)
    throw new Problem('rate_limited', {
      detail: `The provider asked us to wait; try again in ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    })
  }
}
