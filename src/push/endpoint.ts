import ipaddr from 'ipaddr.js'
import { Problem } from '../errors.ts'

/**
 * What a browser calls its push endpoint is a URL from outside that this server will call, so it could name anything
 * that only this server can reach. Two guards: the name, here, and the addresses it resolves to, in `agent.ts`.
 */

/** Names that never are on the public internet (RFC 6761, 6762, 8375, and the reserved .internal). */
const PRIVATE_SUFFIX = /(^|\.)(localhost|local|internal|home\.arpa|lan)$/

/**
 * Reads an endpoint and checks its name.
 *
 * @param allowedOrigins exempt from every check: a sandbox's push service, a relay of one's own.
 * @throws {Problem} `push_endpoint_refused`
 */
export function parseEndpoint(text: string, allowedOrigins: ReadonlySet<string>): URL {
  const url = URL.parse(text)
  if (!url) throw refused('is not a URL')
  if (allowedOrigins.has(url.origin)) return url
  if (url.protocol !== 'https:') throw refused('must be https')
  if (url.username || url.password) throw refused('must not carry a user name')
  if (url.port) throw refused('must use the default port')
  if (!isPublicHost(url.hostname)) throw refused('must name a public host')
  return url
}

/** @param hostname as `URL` gives it: every spelling of an IPv4 address is already dotted decimal there. */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (ipaddr.isValid(host)) return isPublicAddress(host)
  return host.includes('.') && !PRIVATE_SUFFIX.test(host)
}

/**
 * Whether an address is an ordinary one of the public internet. Addresses that stand for another one (IPv4-mapped,
 * NAT64, 6to4, Teredo) are not: they lead wherever the inner one does.
 */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast' && !isOutside(address)

/** IPv6 hands out global unicast from 2000::/3 only (RFC 4291, section 2.4; IANA's registry). */
function isOutside(address: string): boolean {
  const parsed = ipaddr.parse(address)
  return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST, 3)
}

const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::')

export const refused = (message: string): Problem =>
  new Problem('push_endpoint_refused', { errors: [{ path: 'body.endpoint', message }] })
