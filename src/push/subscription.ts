import { ECDH, hash } from 'node:crypto'
import type { PushSubscriptionJson } from '../../schemas/push.ts'
import { type FieldError, Problem } from '../errors.ts'
import type { SecretBox } from '../secrets/box.ts'

const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/
/** Length of an uncompressed P-256 point: one byte of form, then x and y. */
const POINT_BYTES = 65
const AUTH_BYTES = 16

/**
 * Checks that a message can be encrypted for the subscription (RFC 8291, section 2).
 *
 * @throws {Problem} `validation_failed` that names the key.
 */
export function checkKeys({ p256dh, auth }: PushSubscriptionJson['keys']): void {
  const errors: FieldError[] = []
  if (!isPoint(p256dh)) {
    const message = 'must be an uncompressed P-256 point of 65 bytes in base64url'
    errors.push({ path: 'body.keys.p256dh', message })
  }
  if (!BASE64URL.test(auth) || Buffer.from(auth, 'base64url').length < AUTH_BYTES) {
    errors.push({ path: 'body.keys.auth', message: 'must be at least 16 bytes in base64url' })
  }
  if (errors.length > 0) throw new Problem('validation_failed', { errors })
}

function isPoint(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url')
  if (!BASE64URL.test(text) || bytes.length !== POINT_BYTES || bytes[0] !== 0x04) return false
  try {
    // Throws for a point that is not on the curve.
    ECDH.convertKey(bytes, 'prime256v1')
    return true
  } catch {
    return false
  }
}

/** How a device is found again without its endpoint, which is as good as a password, standing in the table. */
export const hashEndpoint = (endpoint: URL): string => hash('sha256', endpoint.href, 'base64url')

/** What a subscription is encrypted for. */
export const boundToUser = (userId: string): string => `push:${userId}`

type StoredDevice = { user_id: string; subscription: string }

/** @returns undefined when it was sealed with a key that is not listed any more. */
export function openSubscription(
  secretBox: SecretBox,
  device: StoredDevice,
): PushSubscriptionJson | undefined {
  try {
    return JSON.parse(secretBox.open(device.subscription, boundToUser(device.user_id)))
  } catch {
    return undefined
  }
}

/** Whose push service a device uses: all of its endpoint that is no secret. */
export function endpointHost(secretBox: SecretBox, device: StoredDevice): string | null {
  const subscription = openSubscription(secretBox, device)
  return subscription ? new URL(subscription.endpoint).host : null
}
