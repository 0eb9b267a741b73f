import type { IncomingHttpHeaders } from 'node:http'
import ipaddr from 'ipaddr.js'
import { isSameSecret } from '../secrets/same-secret.ts'

/** Headers by which a proxy says that the request is someone else's. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i

export interface Scrape {
  headers: IncomingHttpHeaders
  /** Undefined when the connection is not over IP. */
  socketAddress: string | undefined
}

/**
 * Whether the figures may be shown: to whoever has the token, and to programs on this machine. What a proxy on this
 * machine passes on comes from elsewhere, whatever its headers claim: there the token is needed.
 *
 * @param token the bearer token (RFC 6750, section 2.1); empty: none is right.
 */
export function mayScrape({ headers, socketAddress }: Scrape, token: string): boolean {
  const given = BEARER.exec(headers.authorization ?? '')?.[1]
  if (given !== undefined) return token !== '' && isSameSecret(given, token)
  return isLoopback(socketAddress) && FORWARDING.every((name) => headers[name] === undefined)
}

/** 127.0.0.0/8 and ::1, also as IPv4 in IPv6. */
const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
