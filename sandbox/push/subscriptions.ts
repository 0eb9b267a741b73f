import { createECDH, type ECDH, randomBytes, randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'

/** A push as the user agent would hand it to the service worker. */
export interface PushMessage {
  /** 1 for the subscription's first message, 2 for the second, … */
  id: number
  /** ISO 8601. */
  receivedAt: string
  /** Seconds. */
  ttl: number
  urgency: string
  topic: string | null
  /** The decrypted text. */
  data: string
}

/** How the next pushes are answered, instead of being delivered. */
export interface PushFault {
  status: number
  /** Seconds, sent as Retry-After. */
  retryAfter?: number
}

/** What a browser's `PushSubscription.toJSON()` gives. */
export interface SubscriptionJson {
  endpoint: string
  expirationTime: null
  keys: { p256dh: string; auth: string }
}

export interface Subscription {
  id: string
  privateKey: ECDH
  /** base64url. */
  authSecret: string
  /** Key of the one application server that may send; anybody may without. */
  applicationServerKey: string | undefined
  messages: PushMessage[]
  fault: PushFault | undefined
  /** Unsubscribed: pushes are answered with 410. */
  gone: boolean
  /** Emits `message` with each {@link PushMessage}, and `gone`. */
  events: EventEmitter<{ message: [PushMessage]; gone: [] }>
}

export class Subscriptions {
  readonly #byId = new Map<string, Subscription>()

  /** A new subscription with a key pair and a secret of its own (RFC 8291, section 2). */
  create(applicationServerKey?: string): Subscription {
    const privateKey = createECDH('prime256v1')
    privateKey.generateKeys()
    const subscription: Subscription = {
      id: randomUUID(),
      privateKey,
      authSecret: randomBytes(16).toString('base64url'),
      applicationServerKey,
      messages: [],
      fault: undefined,
      gone: false,
      events: new EventEmitter(),
    }
    this.#byId.set(subscription.id, subscription)
    return subscription
  }

  find(id: string): Subscription | undefined {
    return this.#byId.get(id)
  }
}

export function toJson(subscription: Subscription, url: string): SubscriptionJson {
  return {
    endpoint: `${url}/push/${subscription.id}`,
    expirationTime: null,
    keys: {
      p256dh: subscription.privateKey.getPublicKey('base64url'),
      auth: subscription.authSecret,
    },
  }
}

/** Hands a message to the subscription's listeners and keeps it. */
export function deliver(
  subscription: Subscription,
  message: Omit<PushMessage, 'id' | 'receivedAt'>,
): PushMessage {
  const id = subscription.messages.length + 1
  const delivered = { id, receivedAt: new Date().toISOString(), ...message }
  subscription.messages.push(delivered)
  subscription.events.emit('message', delivered)
  return delivered
}

export function unsubscribe(subscription: Subscription): void {
  subscription.gone = true
  subscription.events.emit('gone')
}
