import { hash } from 'node:crypto'
import {
  deleteIdempotencyKey,
  findIdempotencyKey,
  fulfilIdempotencyKey,
  insertIdempotencyKey,
  releaseIdempotencyKey,
} from '../../db/idempotency.ts'
import type { Database, Trx } from '../../db/open.ts'
import type { IdempotencyKeyRow } from '../../db/tables.ts'
import { type Clock, DAY } from '../clock.ts'
import { Problem } from '../errors.ts'

/** For how long a key means the request that it was first used for. */
export const IDEMPOTENCY_MS = DAY

/** The caller's name for a request, and what the request's body was. */
export interface IdempotencyKey {
  userId: string
  key: string
  bodyHash: string
}

/** The right to carry out a request under its key; it ends by itself when the process dies. */
export type Claim = Pick<IdempotencyKeyRow, 'user_id' | 'key' | 'locked_until'>

/** Either the tip that the key already stands for, or the right to make it. */
export type Claimed = { tipId: string } | { claim: Claim }

export interface Idempotency {
  /** @throws {Problem} 422 when the key was used with another body. */
  check(key: IdempotencyKey): Promise<void>
  /** @throws {Problem} as `check`, and 409 while the first request is under way. */
  claim(key: IdempotencyKey): Promise<Claimed>
  /**
   * Binds the key to the tip, in the transaction that stores the tip.
   *
   * @throws {Problem} 409 when the claim ran out and somebody else took over.
   */
  fulfil(trx: Trx, claim: Claim, tipId: string): Promise<void>
  /** Gives up a claim after a failure: the same key may be tried again. */
  release(claim: Claim): Promise<void>
}

/** The body may be left out, which means the same as an empty object. */
export const hashBody = (body: unknown): string =>
  hash('sha256', JSON.stringify(body ?? {}), 'base64url')

/** @param lockMs how long carrying out a request can take; after that it must have died. */
export function createIdempotency(db: Database, clock: Clock, lockMs: number): Idempotency {
  // A lock that ends later than one taken now was taken before the clock was set back.
  const isLocked = ({ locked_until }: IdempotencyKeyRow, now: number): boolean =>
    locked_until > now && locked_until <= now + lockMs
  const isLive = (row: IdempotencyKeyRow, now: number): boolean =>
    row.tip_id === null ? isLocked(row, now) : row.created_at > now - IDEMPOTENCY_MS

  return {
    async check({ userId, key, bodyHash }) {
      const row = await findIdempotencyKey(db, userId, key)
      if (row && isLive(row, clock())) refuseOtherBody(row, bodyHash)
    },

    claim: ({ userId, key, bodyHash }) =>
      db.transaction().execute(async (trx): Promise<Claimed> => {
        const now = clock()
        const known = await findIdempotencyKey(trx, userId, key)
        if (known && isLive(known, now)) {
          refuseOtherBody(known, bodyHash)
          if (known.tip_id === null) throw inProgress()
          return { tipId: known.tip_id }
        }
        if (known) await deleteIdempotencyKey(trx, userId, key)
        const claim = { user_id: userId, key, locked_until: now + lockMs }
        const row = { ...claim, body_hash: bodyHash, tip_id: null, created_at: now }
        // Where transactions run side by side, another may have come first.
        if (!(await insertIdempotencyKey(trx, row))) throw inProgress()
        return { claim }
      }),

    async fulfil(trx, claim, tipId) {
      if (!(await fulfilIdempotencyKey(trx, claim, tipId))) throw inProgress()
    },

    async release(claim) {
      await releaseIdempotencyKey(db, claim)
    },
  }
}

function refuseOtherBody(row: IdempotencyKeyRow, bodyHash: string): void {
  if (row.body_hash !== bodyHash) throw new Problem('idempotency_key_reused')
}

const inProgress = () => new Problem('idempotency_in_progress', { headers: { 'retry-after': '1' } })
