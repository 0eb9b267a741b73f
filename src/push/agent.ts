import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import { isPublicAddress } from './endpoint.ts'
import type { Resolve } from './resolve.ts'

/** A connection that was not made, because the name leads to where this server must not call. */
export class AddressRefused extends Error {}

/**
 * Connects to public addresses only. The check is the connection's own name look-up, so what is checked is what is
 * connected to: a name that changes its mind between check and call (DNS rebinding) gains nothing.
 */
export function createGuardedAgent(resolve: Resolve, connectTimeoutMs: number): Agent {
  return new Agent({ connect: { timeout: connectTimeoutMs, lookup: guardedLookup(resolve) } })
}

function guardedLookup(resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    checkedAddresses(resolve, host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: familyOf(address) }))
        const [first] = found
        if (!first) done(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), [])
        else if (options.all) done(null, found)
        else done(null, first.address, first.family)
      },
      (error) => done(error, []),
    )
  }
}

async function checkedAddresses(resolve: Resolve, host: string): Promise<string[]> {
  const addresses = await resolve(host)
  if (!addresses.every(isPublicAddress)) throw new AddressRefused('not a public address')
  return addresses
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)
