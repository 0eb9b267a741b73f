// @ts-check
/**
 * Every call the page makes to the API. The session is an HttpOnly cookie of the API's origin, hence
 * `credentials: 'include'`; whatever is not 2xx becomes an {@link ApiError} with the problem document (RFC 9457).
 *
 * @typedef {{ id: string, email: string | null, name: string | null, picture: string | null, role: string }} User
 * @typedef {{ id: string, content: string, due: string | null, priority: number, url: string | null }} Task
 * @typedef {{ id: string, text: string, task: Task | null, source: string, policy: string,
 *   promptVersion: string | null, createdAt: string }} Tip
 * @typedef {{ action: string, createdAt: string }} Feedback
 * @typedef {Tip & { feedback: Feedback[] }} PastTip
 * @typedef {{ provider: string, status: string, connectedAt: string | null, lastSyncedAt: string | null,
 *   nextSyncAt: string | null, lastError: string | null, taskCount: number }} Integration
 * @typedef {{ id: string, createdAt: string, lastSeenAt: string, userAgent: string | null, current: boolean }} Session
 * @typedef {{ kind: string, action: 'granted' | 'withdrawn', at: string }} Consent
 * @typedef {User & { createdAt: string, consents: Consent[], push: { devices: number } }} Profile
 * @typedef {{ status: number, title: string, detail?: string, code?: string, traceId?: string,
 *   errors?: { path: string, message: string }[] }} Problem
 */

/** A refused or failed call; `problem.status` is 0 when no answer came. */
export class ApiError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.title)
    this.problem = problem
  }
}

let baseUrl = ''

/** @param {string} apiBaseUrl */
export function connectTo(apiBaseUrl) {
  baseUrl = apiBaseUrl
}

export const api = {
  /** @returns {Promise<{ user?: User }>} */
  session: () => json('GET', '/api/auth/session'),
  /** @returns {Promise<{ authorizationUrl: string }>} */
  login: () => json('POST', '/api/auth/login', { returnTo: '/' }),
  logout: () => send('POST', '/api/auth/logout', {}),
  /** @returns {Promise<{ items: Session[] }>} */
  sessions: () => json('GET', '/api/auth/sessions'),
  endSession: (/** @type {string} */ id) => send('DELETE', `/api/auth/sessions/${part(id)}`),
  endOtherSessions: () => send('DELETE', '/api/auth/sessions'),

  /** @returns {Promise<{ integrations: Integration[] }>} */
  integrations: () => json('GET', '/api/integrations'),
  /** @returns {Promise<{ authorizationUrl: string }>} */
  connect: (/** @type {string} */ provider) =>
    json('POST', `/api/integrations/${part(provider)}/connect`, { returnTo: '/' }),
  sync: (/** @type {string} */ provider) =>
    send('POST', `/api/integrations/${part(provider)}/sync`, {}),
  disconnect: (/** @type {string} */ provider) =>
    send('DELETE', `/api/integrations/${part(provider)}`),

  /** @returns {Promise<{ tip: Tip }>} */
  recommend: (/** @type {string} */ idempotencyKey) =>
    json('POST', '/api/recommend', {}, { 'idempotency-key': idempotencyKey }),
  feedback: (/** @type {string} */ tipId, /** @type {string} */ action) =>
    send('POST', `/api/tip/${part(tipId)}/feedback`, { action }),
  /** @returns {Promise<{ items: PastTip[], nextCursor: string | null }>} */
  tips: (/** @type {string | null} */ cursor) =>
    json('GET', `/api/tips?limit=10${cursor ? `&cursor=${part(cursor)}` : ''}`),

  /** @returns {Promise<Profile>} */
  profile: () => json('GET', '/api/user/profile'),
  exportData: async () => (await send('GET', '/api/user/export')).blob().catch(unanswered),
  /** @returns {Promise<{ receipt: Record<string, unknown> }>} */
  deleteAccount: () => json('DELETE', '/api/user'),

  /** @returns {Promise<{ publicKey: string }>} */
  pushKey: () => json('GET', '/api/push/key'),
  subscribe: (/** @type {unknown} */ subscription) =>
    send('POST', '/api/push/subscribe', subscription),
  unsubscribe: (/** @type {string} */ endpoint) =>
    send('DELETE', '/api/push/subscribe', { endpoint }),
  /** @returns {Promise<{ sent: number, removed: number, failed: number }>} */
  pushTest: () => json('POST', '/api/push/test', {}),
}

const part = encodeURIComponent

/** @param {[method: string, path: string, body?: unknown, headers?: Record<string, string>]} call */
async function json(...call) {
  return (await send(...call)).json().catch(unanswered)
}

/** @returns {never} */
function unanswered() {
  throw new ApiError({
    status: 0,
    title: 'The server cannot be reached',
    detail: 'Check the connection, then try again.',
  })
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] sent as JSON
 * @param {Record<string, string>} [headers]
 */
async function send(method, path, body, headers = {}) {
  const response = await fetch(baseUrl + path, {
    method,
    credentials: 'include',
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(unanswered)
  if (!response.ok) throw new ApiError(await problemOf(response))
  return response
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  const title = `The server answered ${response.status}`
  const problem = await response.json().catch(() => ({}))
  return { title, ...problem, status: response.status }
}
