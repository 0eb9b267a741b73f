import { randomUUID } from 'node:crypto'

/** An error as the Todoist API v1 words it. The numbers in `error_code` are Todoist's own and not HTTP's. */
export interface TodoistError {
  error: string
  error_code: number
  error_extra: Record<string, unknown>
  error_tag: string
  http_code: number
}

export function limitsReached(retryAfterSeconds: number): TodoistError {
  return problem(429, 35, 'LIMITS_REACHED', 'Too many requests. Limits reached. Try again later', {
    retry_after: retryAfterSeconds,
  })
}

export function invalidToken(): TodoistError {
  return problem(401, 401, 'AUTH_INVALID_TOKEN', 'Invalid token', { access_type: 'none' })
}

export function forbidden(): TodoistError {
  return problem(403, 403, 'FORBIDDEN', 'Forbidden')
}

export function invalidArgument(argument: string, expected: string): TodoistError {
  return problem(400, 20, 'INVALID_ARGUMENT_VALUE', 'Invalid argument value', {
    argument,
    expected,
  })
}

export function internalError(): TodoistError {
  return problem(500, 1, 'INTERNAL_SERVER_ERROR', 'Internal Server Error')
}

function problem(
  http_code: number,
  error_code: number,
  error_tag: string,
  error: string,
  extra: Record<string, unknown> = {},
): TodoistError {
  const event_id = randomUUID().replaceAll('-', '')
  return { error, error_code, error_extra: { event_id, ...extra }, error_tag, http_code }
}
