import { FormatRegistry } from '@sinclair/typebox'
import ipaddr from 'ipaddr.js'
import { isCron } from './jobs/cron.ts'

const isHttpUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === ''
  )
}

const isHttpOrigin = (text: string): boolean =>
  isHttpUrl(text) && /^https?:\/\/[^/?#]+\/?$/i.test(text)

const orEmpty = (check: (text: string) => boolean) => (text: string) => text === '' || check(text)

/** The formats that config.ts names. Registered once; TypeBox keeps formats per process. */
export function registerFormats(): void {
  FormatRegistry.Set('http-url', isHttpUrl)
  FormatRegistry.Set('http-origin', isHttpOrigin)
  // A Sentry DSN carries its public key as user name.
  FormatRegistry.Set(
    'http-url-or-empty',
    orEmpty((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? '')),
  )
  FormatRegistry.Set(
    'nats-url-or-empty',
    orEmpty((text) => text.split(',').every((one) => /^(nats|tls|wss?):\/\/[^\s/]+$/.test(one))),
  )
  FormatRegistry.Set(
    'contact-or-empty',
    orEmpty((text) => /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(text)),
  )
  FormatRegistry.Set('cron-or-empty', orEmpty(isCron))
  FormatRegistry.Set('cidr', (text) => ipaddr.isValid(text) || ipaddr.isValidCIDR(text))
}
