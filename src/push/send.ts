import type { IncomingHttpHeaders } from 'node:http'
import { Agent, type Dispatcher } from 'undici'
import webPush from 'web-push'
import type { PushSubscriptionJson } from '../../schemas/push.ts'
import { type Clock, DAY, MINUTE, SECOND } from '../clock.ts'
import { Problem } from '../errors.ts'
import { AddressRefused, createGuardedAgent } from './agent.ts'
import { parseEndpoint } from './endpoint.ts'
import type { Notice } from './notice.ts'
import type { Resolve } from './resolve.ts'

/** What became of a message: taken, refused because the device is gone, or not delivered. */
export type Outcome =
  | { kind: 'sent' }
  | { kind: 'removed' }
  /** `notBefore`: the push service asked for a pause until then, in milliseconds since the epoch. */
  | { kind: 'failed'; notBefore?: number }

export interface SenderOptions {
  vapid: { subject: string; publicKey: string; privateKey: string }
  allowedOrigins: ReadonlySet<string>
  resolve: Resolve
  clock: Clock
  /** Told why a message failed. The host is all that may be said of an endpoint: the rest of it is a secret. */
  onFailure(failure: {
    host: string
    reason: 'vapid' | 'status' | 'address' | 'connection'
    status?: number
  }): void
}

export interface Sender {
  /** Sends one message. Never throws: what goes wrong with a device is an outcome. */
  send(subscription: PushSubscriptionJson, notice: Notice): Promise<Outcome>
  close(): Promise<void>
}

const TIMEOUT_MS = 5 * SECOND
const MAX_ANSWER_BYTES = 16 * 1024
const DEFAULT_PAUSE_MS = MINUTE
export const LONGEST_PAUSE_MS = DAY

/** Web push (RFC 8030, 8291, 8292): encrypts, signs, and posts to the push service without following redirects. */
export function createSender(options: SenderOptions): Sender {
  const guarded = createGuardedAgent(options.resolve, TIMEOUT_MS)
  const plain = new Agent({ connect: { timeout: TIMEOUT_MS } })

  async function send(subscription: PushSubscriptionJson, notice: Notice): Promise<Outcome> {
    const { host } = new URL(subscription.endpoint)
    try {
      const endpoint = parseEndpoint(subscription.endpoint, options.allowedOrigins)
      const agent = options.allowedOrigins.has(endpoint.origin) ? plain : guarded
      const answer = await post(agent, endpoint, encrypt(options.vapid, subscription, notice))
      const outcome = outcomeOf(answer, options.clock())
      if (outcome.kind === 'failed') options.onFailure({ host, ...reasonOf(answer.statusCode) })
      return outcome
    } catch (error) {
      options.onFailure({ host, reason: isRefused(error) ? 'address' : 'connection' })
      return { kind: 'failed' }
    }
  }

  return {
    send,
    close: async () => {
      await Promise.all([guarded.destroy(), plain.destroy()])
    },
  }
}

/** Refused by one of our own guards, not by the push service. */
const isRefused = (error: unknown): boolean =>
  error instanceof Problem || error instanceof AddressRefused

function encrypt(
  vapid: SenderOptions['vapid'],
  { endpoint, keys }: PushSubscriptionJson,
  { text, ttlSeconds, urgency, topic }: Notice,
) {
  return webPush.generateRequestDetails({ endpoint, keys }, text, {
    vapidDetails: vapid,
    TTL: ttlSeconds,
    urgency,
    topic,
    contentEncoding: 'aes128gcm',
  })
}

type Message = ReturnType<typeof encrypt>

async function post(
  agent: Agent,
  endpoint: URL,
  { headers, body }: Message,
): Promise<{ statusCode: number; headers: IncomingHttpHeaders }> {
  const response = await agent.request({
    origin: endpoint.origin,
    path: endpoint.pathname + endpoint.search,
    method: 'POST',
    headers: headers as Dispatcher.RequestOptions['headers'] & object,
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  // The status says it all; the rest is read so that the connection can be used again, if it is short.
  await response.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined)
  return response
}

/** RFC 8030, sections 5, 7.3 and 8.4; RFC 6585 for 429. */
function outcomeOf(
  { statusCode, headers }: { statusCode: number; headers: IncomingHttpHeaders },
  now: number,
): Outcome {
  if (statusCode >= 200 && statusCode <= 299) return { kind: 'sent' }
  if (statusCode === 404 || statusCode === 410) return { kind: 'removed' }
  if (statusCode !== 429) return { kind: 'failed' }
  return { kind: 'failed', notBefore: now + pauseOf(headers['retry-after'], now) }
}

const reasonOf = (status: number) => ({
  reason: status === 401 || status === 403 ? ('vapid' as const) : ('status' as const),
  status,
})

/** `Retry-After` as seconds or as a date (RFC 9110, section 10.2.3), a day at most. */
function pauseOf(header: string | undefined, now: number): number {
  const text = header ?? ''
  const wanted = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now
  return Number.isNaN(wanted)
    ? DEFAULT_PAUSE_MS
    : Math.min(Math.max(wanted, SECOND), LONGEST_PAUSE_MS)
}
