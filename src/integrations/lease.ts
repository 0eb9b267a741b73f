import type { Claim, Integration } from '../../db/integrations.ts'
import { MINUTE } from '../clock.ts'

/**
 * How long a sync may take, all in all, before another may start. Calls to a provider have far shorter deadlines;
 * only a process that died leaves its lease to run out, or a clock that was set ahead.
 */
const LEASE_MS = 2 * MINUTE

/** A lease that is taken now. */
export const leaseFrom = (now: number): Claim => ({ now, leaseUntil: now + LEASE_MS })

/**
 * When the sync that holds the lease has started; undefined when none does. Nor does one that would have started in the
 * future: the clock was set back since, and the lease would hold up everybody for as long as that.
 */
export function leasedSince({ sync_lease_until }: Integration, now: number): number | undefined {
  if (sync_lease_until === null || sync_lease_until <= now) return undefined
  const since = sync_lease_until - LEASE_MS
  return since > now ? undefined : since
}

/** The integration was disconnected, connected anew, or claimed by another: this sync must write nothing more. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease of this sync is lost')
    this.name = 'LeaseLost'
  }
}
