import ipaddr from 'ipaddr.js'
import { getDomain } from 'tldts'
import type { Config } from './config.ts'

/**
 * What no single variable shows: values that contradict each other, or that are safe only at home.
 * Works on a configuration that may be incomplete, so that one start tells everything.
 */
export function findContradictions(config: Partial<Config>): string[] {
  return [
    ...secrets(config),
    ...vapid(config),
    ...origins(config),
    ...trustedProxies(config),
    ...pushOrigins(config),
  ]
}

const MIN_SECRET = 32
const SAMPLE = /change.?me|example|sample|placeholder|your.?(session|secret|token)/i
const ONE_CHARACTER = /^(.)\1*$/

function secrets(config: Partial<Config>): string[] {
  const named: [name: string, value: string][] = [
    ...(config.SESSION_SECRET ?? []).map((s): [string, string] => ['SESSION_SECRET', s]),
    ...(config.ENCRYPTION_KEYS ?? []).map((s): [string, string] => ['ENCRYPTION_KEYS', s]),
    ...(['ADMIN_TOKEN', 'METRICS_TOKEN', 'ML_SERVING_TOKEN'] as const).flatMap(
      (name): [string, string][] => (config[name] ? [[name, config[name]]] : []),
    ),
  ]
  const problems: string[] = []
  const seen = new Map<string, string>()
  for (const [name, value] of named) {
    const twin = seen.get(value)
    if (twin) problems.push(`${name}: is the same secret as ${twin}; each must be its own`)
    seen.set(value, name)
    if (config.NODE_ENV === 'production' && (SAMPLE.test(value) || ONE_CHARACTER.test(value))) {
      problems.push(`${name}: looks like a sample; make a random one`)
    }
  }
  for (const name of ['ADMIN_TOKEN', 'METRICS_TOKEN'] as const) {
    const token = config[name]
    if (config.NODE_ENV === 'production' && token && token.length < MIN_SECRET) {
      problems.push(`${name}: must have at least ${MIN_SECRET} characters in production`)
    }
  }
  return problems
}

function vapid(config: Partial<Config>): string[] {
  const names = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'] as const
  const missing = names.filter((name) => !config[name])
  const problems: string[] = []
  if (missing.length > 0 && missing.length < names.length) {
    problems.push(...missing.map((name) => `${name}: is missing; web push needs all three`))
  }
  const publicKey = config.VAPID_PUBLIC_KEY
  if (publicKey && !isKey(publicKey, 65)) {
    problems.push('VAPID_PUBLIC_KEY: must be an uncompressed P-256 point in base64url')
  }
  const privateKey = config.VAPID_PRIVATE_KEY
  if (privateKey && !isKey(privateKey, 32)) {
    problems.push('VAPID_PRIVATE_KEY: must be 32 bytes in base64url')
  }
  return problems
}

const isKey = (text: string, bytes: number): boolean =>
  /^[A-Za-z0-9_-]+$/.test(text) && Buffer.from(text, 'base64url').length === bytes

function origins(config: Partial<Config>): string[] {
  const api = URL.parse(config.API_BASE_URL ?? '')
  const web = URL.parse(config.WEB_BASE_URL ?? '')
  if (!api || !web) return []
  const problems: string[] = []
  if (config.NODE_ENV === 'production') {
    for (const [name, url] of [['API_BASE_URL', api] as const, ['WEB_BASE_URL', web] as const]) {
      if (url.protocol !== 'https:') problems.push(`${name}: must be https in production`)
    }
  }
  if (!isSameSite(api, web) && (api.protocol !== 'https:' || web.protocol !== 'https:')) {
    problems.push(
      'API_BASE_URL, WEB_BASE_URL: are two sites, so the session cookie must be Secure: both must be https',
    )
  }
  return problems
}

/** Same scheme and same registrable domain (the public suffix list), as a browser decides about SameSite cookies. */
export function isSameSite(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && siteOf(a.hostname) === siteOf(b.hostname)
}

const siteOf = (host: string): string => getDomain(host, { allowPrivateDomains: true }) ?? host

/** Wider ranges than these are nobody's own network: 10.0.0.0/8 and fc00::/7 are the widest private ones. */
const WIDEST_PREFIX = { ipv4: 8, ipv6: 7 }
const MAPPED_BITS = 96

function trustedProxies(config: Partial<Config>): string[] {
  return (config.TRUST_PROXY ?? [])
    .filter((range) => ipaddr.isValidCIDR(range) && isEveryone(ipaddr.parseCIDR(range)))
    .map(() => 'TRUST_PROXY: trusts every address, or a large part of them; name the proxies')
}

/** Half of the addresses twice is every address, and so is IPv4 as IPv6 writes it. */
function isEveryone([address, prefix]: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
  if (isMapped && prefix >= MAPPED_BITS) return prefix < MAPPED_BITS + WIDEST_PREFIX.ipv4
  return prefix < WIDEST_PREFIX[address.kind()]
}

function pushOrigins(config: Partial<Config>): string[] {
  if (config.NODE_ENV !== 'production') return []
  return (config.PUSH_ALLOWED_ORIGINS ?? [])
    .filter((origin) => !origin.toLowerCase().startsWith('https:'))
    .map(() => 'PUSH_ALLOWED_ORIGINS: must be https in production')
}
