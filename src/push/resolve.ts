import { Resolver } from 'node:dns/promises'

/** All addresses of a host; empty when it has none, or none could be found in time. */
export type Resolve = (host: string) => Promise<string[]>

/**
 * Resolves names by DNS alone. Unlike `dns.lookup` it reads no hosts file, which may name what is inside, and has a
 * deadline, instead of holding one of the few threads that file access and cryptography share.
 *
 * @param timeoutMs of one question; IPv4 and IPv6 are asked side by side.
 */
export function createResolve(timeoutMs: number): Resolve {
  return async (host) => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}
