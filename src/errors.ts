/**
 * The catalogue of problems: one line each, `code: [status, title]`. Codes are stable; clients switch on them.
 */
export const catalogue = {
  validation_failed: [400, 'The request is not valid'],
  malformed_body: [400, 'The body cannot be read'],
  malformed_request: [400, 'This is not an HTTP request'],
  bad_path: [400, 'The path is not allowed'],
  return_to_refused: [400, 'The return address is not a path of the web app'],
  oauth_state_invalid: [400, 'This sign-in attempt is unknown, expired or already used'],
  push_endpoint_refused: [400, 'The push endpoint is not a public https address'],
  unauthenticated: [401, 'Sign in first'],
  invalid_token: [401, 'The token is not right'],
  forbidden: [403, 'Only an administrator may do this'],
  origin_refused: [403, 'The request comes from a page that may not make it'],
  not_found: [404, 'There is nothing here'],
  request_timeout: [408, 'The request did not arrive in time'],
  idempotency_in_progress: [409, 'The first request with this key is still under way'],
  integration_reauthorize: [409, 'The integration must be connected again first'],
  already_disconnected: [409, 'The integration is not connected'],
  policy_active: [409, 'The active policy cannot be toggled'],
  not_cancellable: [409, 'The run has already ended'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body must be JSON'],
  idempotency_key_reused: [422, 'The key was used with another body'],
  header_fields_too_large: [431, 'The request header is too large'],
  rate_limited: [429, 'Too many requests'],
  internal_error: [500, 'Something went wrong on our side'],
  oauth_provider_failed: [502, 'The sign-in provider did not answer as it should'],
  ml_serving_unavailable: [502, 'The ML service cannot be reached'],
  ml_serving_timeout: [504, 'The ML service did not answer in time'],
  overloaded: [503, 'The server is busy'],
  storage_unavailable: [503, 'The database cannot be written at the moment'],
  push_disabled: [503, 'Push is not configured on this server'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof catalogue

/** A place in the request and what is wrong there, for example `body.action`. */
export interface FieldError {
  path: string
  message: string
}

export interface ProblemOptions {
  detail?: string
  errors?: FieldError[]
  headers?: Record<string, string>
  cause?: unknown
}

/** An answer other than success, thrown from anywhere; the errors plugin turns it into problem+json (RFC 9457). */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly statusCode: number
  readonly title: string
  readonly detail: string
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const [status, title] = catalogue[code]
    super(options.detail ?? title, { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.statusCode = status
    this.title = title
    this.detail = options.detail ?? title
    this.errors = options.errors
    this.headers = options.headers ?? {}
  }
}

export const problemTypeOf = (code: string) => `urn:oo:problem:${code}`
