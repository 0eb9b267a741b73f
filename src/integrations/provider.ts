import type { Millis } from '../../db/tables.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'

/** What a provider gave us on behalf of a user. */
export interface ProviderTokens {
  accessToken: string
  /** Null when access does not end by itself. */
  refreshToken: string | null
  expiresAt: Millis | null
}

/** A task as a provider tells it, in our words. */
export interface ProviderTask {
  /** The provider's id; ours is `provider:externalId`. */
  externalId: string
  state: 'open' | 'completed' | 'deleted'
  content: string
  description: string | null
  project: string | null
  labels: string[]
  /** 1–4, 4 is the most urgent. */
  priority: number
  /** A day (2026-11-22), a floating local time, or a UTC time that ends in Z. */
  due: string | null
  dueTimeZone: string | null
  isRecurring: boolean
  url: string
  addedAt: Millis | null
  updatedAt: Millis | null
  completedAt: Millis | null
}

/** What changed since a cursor. */
export interface ProviderChanges {
  /** Where the next sync goes on; only the provider understands it. */
  cursor: string
  /** Whether these are all open tasks, so that one that is missing here is not open any more. */
  full: boolean
  /** IANA name; null when it is not known or not told this time. */
  timeZone: string | null
  /** Made while they are read: a large account is never in memory twice. */
  tasks: Iterable<ProviderTask>
}

/**
 * A service that holds people's tasks. To add one: a folder beside todoist/ that makes a `Provider`, and a line in
 * index.ts. Every method that calls the service throws `ProviderError`, within a deadline of its own.
 */
export interface Provider {
  authorizationUrl(request: { state: string; redirectUri: string }): string
  /** Trades the code of the OAuth callback. */
  exchange(request: { code: string; redirectUri: string }): Promise<ProviderTokens>
  refresh(refreshToken: string): Promise<ProviderTokens>
  /** @param cursor null: everything. An unknown cursor gives everything too. */
  fetchChanges(accessToken: string, cursor: string | null): Promise<ProviderChanges>
  /** Ends the access. Tokens that are dead already are no error. */
  revoke(tokens: ProviderTokens): Promise<void>
  /** Gives up the calls under way. */
  close(): Promise<void>
}

/** Stable words for what can go wrong; they are stored and shown. */
export type ProviderFailure =
  | 'rate_limited'
  | 'unauthorized'
  | 'provider_unavailable'
  | 'bad_answer'

/** The message carries no secret and no address: it may be logged. */
export class ProviderError extends Error {
  readonly failure: ProviderFailure
  /** When the provider wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined

  constructor(failure: ProviderFailure, detail: string, retryAfterMs?: number) {
    super(`${failure}: ${detail}`)
    this.name = 'ProviderError'
    this.failure = failure
    this.retryAfterMs = retryAfterMs
  }
}

/** The part of an OAuth 2.0 client (simple-oauth2's AuthorizationCode) that trading a code needs. */
export interface CodeClient {
  authorizeURL(params: Record<string, string>): string
  getToken(params: Record<string, string>): Promise<{ token: Record<string, unknown> }>
}

export interface ProviderDeps {
  config: Config
  clock: Clock
  /** OAuth endpoints → a client for them. `body`: the client's secret is sent in the form, `header`: as Basic. */
  createCodeClient(
    endpoints: { authorizationUrl: string; tokenUrl: string },
    client: { id: string; secret: string; authorization: 'body' | 'header' },
  ): Promise<CodeClient>
}

export type CreateProvider = (deps: ProviderDeps) => Promise<Provider>
