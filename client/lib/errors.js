/** @typedef {import('../schema.d.ts').components['schemas']['Problem']} Problem */

/** The server said no, or that it cannot: RFC 9457 problem details as an error. Switch on `code`. */
export class ProblemError extends Error {
  /**
   * @param {Problem} problem
   * @param {number | null} [retryAfterSeconds] when the server says when to come back
   */
  constructor(problem, retryAfterSeconds = null) {
    super(problem.detail || problem.title)
    this.name = 'ProblemError'
    this.status = problem.status
    this.code = problem.code
    this.title = problem.title
    this.detail = problem.detail
    /** To quote when asking for help. */
    this.traceId = problem.traceId
    /** The places in the request that are wrong. */
    this.errors = problem.errors ?? []
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Nothing that could be read as an answer came back: no connection, or something in between answered instead. */
export class NoAnswerError extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause })
    this.name = 'NoAnswerError'
  }
}

/**
 * The error that an answer other than success stands for.
 *
 * @param {Response} response
 * @param {unknown} body parsed, when it is JSON
 */
export function errorOf(response, body) {
  const problem = /** @type {Partial<Problem> | undefined} */ (
    typeof body === 'object' && body !== null ? body : undefined
  )
  if (typeof problem?.code !== 'string') {
    return new NoAnswerError(`answered ${response.status}, and not as this API does`)
  }
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new ProblemError(
    /** @type {Problem} */ (problem),
    Number.isFinite(retryAfter) ? retryAfter : null,
  )
}

/** As `errorOf`, of an answer whose body was not read yet. @param {Response} response */
export async function readError(response) {
  const text = await response.text().catch(() => '')
  try {
    return errorOf(response, JSON.parse(text))
  } catch {
    return errorOf(response, undefined)
  }
}
