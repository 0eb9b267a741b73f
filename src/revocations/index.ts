import { setTimeout as sleep } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import type { Database, Trx } from '../../db/open.ts'
import {
  claimDueRevocations,
  deleteRevocation,
  insertRevocation,
  postponeRevocation,
  recallRevocations,
} from '../../db/revocations.ts'
import type { RevocationRow } from '../../db/tables.ts'
import { type Clock, DAY, HOUR, MINUTE, SECOND } from '../clock.ts'
import { UpstreamError } from '../http/client.ts'
import { newId } from '../ids.ts'
import { backoff } from '../jobs/backoff.ts'
import { createInFlight } from '../jobs/in-flight.ts'
import type { Log } from '../log.ts'
import type { SecretBox } from '../secrets/box.ts'

/** Tells the other side once. It may be told twice, so telling again must be harmless. @throws to be tried again. */
export type RevocationHandler = (secret: string, run: { traceId: string }) => Promise<void>

export interface QueuedRevocation {
  id: string
  kind: string
}

export interface RevocationResult extends QueuedRevocation {
  /** False: it stays queued and is tried again. */
  done: boolean
}

/** What another service must still be told after something ended here: an access token, an account. */
export interface Revocations {
  /** Declares how revocations of a kind are told, once for each kind. */
  register(kind: string, handler: RevocationHandler): void
  /** Notes, in the running transaction, that it must be told. Due at once. @param secret what the handler needs. */
  queue(trx: Trx, kind: string, secret: string): Promise<QueuedRevocation>
  /**
   * Tries these now, and answers after at most `withinMs` (default 10 s); what is not done by then goes on behind.
   */
  attempt(
    queued: readonly QueuedRevocation[],
    options: { traceId: string; withinMs?: number },
  ): Promise<RevocationResult[]>
  /** Starts trying what is due, unless that is under way, and does not wait for it. */
  startDue(traceId: string): void
  /** Waits, at most `limitMs`, for the attempts in flight. */
  drain(limitMs: number): Promise<void>
}

/** Attempts at once in a round. A handler must be done within the claim, or another process tries as well. */
const BATCH = 8
const CLAIM_MS = MINUTE
const FIRST_RETRY_MS = 5 * SECOND
const MAX_RETRY_MS = HOUR
const GIVE_UP_AFTER_MS = 30 * DAY
const ANSWER_WITHIN_MS = 10 * SECOND

/** What the secret of a revocation is encrypted for. */
export const boundToRevocation = (id: string) => `revocation:${id}`

export function createRevocations(deps: {
  db: Database
  clock: Clock
  secretBox: SecretBox
  log: Log
}): Revocations {
  const { db, clock, secretBox, log } = deps
  const handlers = new Map<string, RevocationHandler>()
  const inFlight = createInFlight()
  let isRoundUnderWay = false

  /** Claims what is due (`ids`: only these) and tells each; `onDone` hears of every one that was told. */
  async function tellDue(
    traceId: string,
    limit: number,
    ids?: readonly string[],
    onDone?: (id: string) => void,
  ): Promise<void> {
    const now = clock()
    const until = now + CLAIM_MS
    const rows = await claimDueRevocations(db, { now, until, limit, ...(ids && { ids }) })
    await Promise.all(
      rows.map(async (row) => {
        if (await tell(row, traceId)) onDone?.(row.id)
      }),
    )
  }

  async function tell(row: Selectable<RevocationRow>, traceId: string): Promise<boolean> {
    try {
      const handler = handlers.get(row.kind)
      if (!handler) throw new Error('no handler')
      await handler(secretBox.open(row.secret, boundToRevocation(row.id)), { traceId })
    } catch (error) {
      await recordFailure(row, traceId, reasonOf(error))
      return false
    }
    await deleteRevocation(db, row.id)
    return true
  }

  async function recordFailure(row: Selectable<RevocationRow>, traceId: string, reason: string) {
    const attempts = row.attempts + 1
    const about = { revocation: row.id, kind: row.kind, attempts, reason, traceId }
    if (clock() - row.created_at >= GIVE_UP_AFTER_MS) {
      log.error(about, 'revocation given up')
      await deleteRevocation(db, row.id)
      return
    }
    log.warn(about, 'revocation failed, it is tried again')
    const wait = backoff(attempts, FIRST_RETRY_MS, MAX_RETRY_MS)
    await postponeRevocation(db, row.id, clock() + wait)
  }

  return {
    register(kind, handler) {
      if (handlers.has(kind)) throw new Error(`revocations of kind ${kind} are registered twice`)
      handlers.set(kind, handler)
    },

    async queue(trx, kind, secret) {
      const id = newId()
      const now = clock()
      await insertRevocation(trx, {
        id,
        kind,
        secret: secretBox.seal(secret, boundToRevocation(id)),
        created_at: now,
        next_attempt_at: now,
      })
      return { id, kind }
    },

    async attempt(queued, { traceId, withinMs = ANSWER_WITHIN_MS }) {
      if (queued.length === 0) return []
      const ids = queued.map(({ id }) => id)
      const done = new Set<string>()
      const work = tellDue(traceId, ids.length, ids, (id) => done.add(id))
      await Promise.race([inFlight.track(work), sleep(withinMs, undefined, { ref: false })])
      return queued.map((one) => ({ ...one, done: done.has(one.id) }))
    },

    startDue(traceId) {
      if (isRoundUnderWay) return
      isRoundUnderWay = true
      const now = clock()
      const round = recallRevocations(db, { now, latest: now + MAX_RETRY_MS })
        .then(() => tellDue(traceId, BATCH))
        .catch((err) => log.error({ err, traceId }, 'due revocations cannot be tried'))
        .finally(() => {
          isRoundUnderWay = false
        })
      inFlight.track(round)
    },

    drain: (limitMs) => inFlight.drain(limitMs),
  }
}

/** For the log: an error of another kind may quote what it was given. */
const reasonOf = (error: unknown): string =>
  error instanceof UpstreamError ? error.message : error instanceof Error ? error.name : 'unknown'
