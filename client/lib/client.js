import createFetchClient from 'openapi-fetch'
import { errorOf, NoAnswerError } from './errors.js'
import { followStream } from './event-stream.js'
import { itemsOf } from './pages.js'
import { createSessionFetch } from './session.js'

/**
 * @typedef {import('../schema.d.ts').paths} paths
 * @typedef {import('../schema.d.ts').operations} operations
 * @typedef {import('../schema.d.ts').components['schemas']} Schemas
 * @typedef {NonNullable<operations['getStats']['parameters']['query']>} StatsQuery
 * @typedef {NonNullable<operations['listUsers']['parameters']['query']>} UsersQuery
 * @typedef {NonNullable<operations['listAudit']['parameters']['query']>} AuditQuery
 * @typedef {NonNullable<operations['listEventHistory']['parameters']['query']>} HistoryQuery
 * @typedef {NonNullable<operations['listRecentEvents']['parameters']['query']>} EventsQuery
 * @typedef {operations['actOnUser']['requestBody']['content']['application/json']} UserAction
 * @typedef {operations['runSimulation']['requestBody']['content']['application/json']} SimParams
 * @typedef {operations['getAdminHealth']['responses'][200]['content']['application/json']} Health
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} baseUrl address of oo-api, such as `http://localhost:3001`
 * @property {string} [token] the admin token: signs in when a call needs it, and again when the session has ended.
 *   Without it, whoever holds the browser's session cookie calls.
 * @property {string} [cookie] outside of a browser: a session to go on with, as `onCookie` told it
 * @property {(cookie: string) => void} [onCookie] outside of a browser: is told the session cookie whenever it changes;
 *   empty when the session has ended. It is a secret.
 * @property {typeof globalThis.fetch} [fetch]
 */

/**
 * The admin API of oo, typed by its OpenAPI document. Every method throws a `ProblemError` when the server says no, and
 * a `NoAnswerError` when there was none.
 *
 * @param {ClientOptions} options
 */
export function createAdminClient({ baseUrl, token, fetch = globalThis.fetch, ...kept }) {
  const session = createSessionFetch({
    baseUrl,
    token,
    fetch: (...call) =>
      fetch(...call).catch((cause) => {
        throw new NoAnswerError(`${baseUrl} does not answer: ${causeOf(cause)}`, cause)
      }),
    ...kept,
  })
  /** @type {import('openapi-fetch').Client<paths>} */
  const api = createFetchClient({ baseUrl, fetch: session.fetch, credentials: 'same-origin' })

  /** @param {string} path @param {Record<string, string | number | undefined>} [query] */
  function urlOf(path, query = {}) {
    const url = new URL(path, baseUrl)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return url
  }

  return {
    /** Every route, by path and method, with the answer unread: for what has no method here. */
    api,

    /** Signs in as the built-in administrator. @param {string} adminToken */
    async signIn(adminToken) {
      return (await read(api.POST('/api/auth/token', { body: { token: adminToken } }))).user
    },
    async signOut() {
      await read(api.POST('/api/auth/logout'))
    },
    /** Who is signed in, or undefined. */
    async signedIn() {
      return (await read(api.GET('/api/auth/session'))).user
    },

    /** @param {StatsQuery} [query] */
    stats: (query = {}) => read(api.GET('/api/admin/stats', { params: { query } })),
    health: () => read(api.GET('/api/admin/health')),

    /** @param {UsersQuery} [query] */
    usersPage: (query = {}) => read(api.GET('/api/admin/users', { params: { query } })),
    /** All users that match. @param {UsersQuery} [query] @returns {AsyncGenerator<Schemas['AdminUser'], void, undefined>} */
    users(query = {}) {
      return itemsOf((cursor) => this.usersPage(withCursor(query, cursor)))
    },
    /** @param {string} id */
    user: (id) => read(api.GET('/api/admin/users/{id}', { params: { path: { id } } })),
    /** @param {string} id @param {UserAction} body */
    actOnUser: (id, body) =>
      read(api.POST('/api/admin/users/{id}/actions', { params: { path: { id } }, body })),

    /** @param {string} userId */
    features: async (userId) => {
      const path = { userId }
      return (await read(api.GET('/api/admin/features/{userId}', { params: { path } }))).features
    },
    /** What the user's last score call was told. @param {string} userId */
    scoreContext: (userId) =>
      read(api.GET('/api/admin/features/{userId}/context', { params: { path: { userId } } })),
    /** The receipt of a tip. @param {string} tipId */
    decision: (tipId) =>
      read(api.GET('/api/admin/decisions/{tipId}', { params: { path: { tipId } } })),

    policies: () => read(api.GET('/api/admin/policies')),
    /** Asks ml/serving anew which policies there are. */
    refreshPolicies: () => read(api.POST('/api/admin/policies')),
    /** Switches a shadow policy; without `enabled`, the other way. @param {string} name @param {boolean} [enabled] */
    togglePolicy: (name, enabled) =>
      read(
        api.POST('/api/admin/policies/{name}/toggle', {
          params: { path: { name } },
          body: enabled === undefined ? {} : { enabled },
        }),
      ),

    /** @param {SimParams} body */
    simulate: async (body) => (await read(api.POST('/api/admin/sim/run', { body }))).run,
    /** @param {{ limit?: number, cursor?: string }} [query] */
    simulationsPage: (query = {}) => read(api.GET('/api/admin/sim/runs', { params: { query } })),
    /** All simulations, newest first. @param {{ limit?: number }} [query] @returns {AsyncGenerator<Schemas['SimulationRun'], void, undefined>} */
    simulations(query = {}) {
      return itemsOf((cursor) => this.simulationsPage(withCursor(query, cursor)))
    },
    /** @param {string} id */
    simulation: async (id) =>
      (await read(api.GET('/api/admin/sim/runs/{id}', { params: { path: { id } } }))).run,
    /** @param {string} id */
    cancelSimulation: async (id) =>
      (await read(api.POST('/api/admin/sim/runs/{id}/cancel', { params: { path: { id } } }))).run,
    /**
     * What a run writes, line by line as it writes it, to its end.
     *
     * @param {string} id
     * @param {{ signal?: AbortSignal }} [options]
     */
    async *followSimulation(id, { signal } = {}) {
      const url = urlOf(`/api/admin/sim/runs/${encodeURIComponent(id)}/output`)
      let unfinished = ''
      for await (const event of followStream(session.fetch, url, { signal, endsWith: 'done' })) {
        if (event.type === 'done') break
        const lines = (unfinished + JSON.parse(event.data).data).split('\n')
        unfinished = lines.pop() ?? ''
        yield* lines
      }
      if (unfinished !== '') yield unfinished
    },

    /** The newest events. @param {EventsQuery} [query] */
    recentEvents: (query = {}) => readJson(api.GET('/api/admin/events', { params: { query } })),
    /** @param {HistoryQuery} [query] */
    eventsPage: (query = {}) => read(api.GET('/api/admin/events/history', { params: { query } })),
    /** All events, newest first. @param {HistoryQuery} [query] @returns {AsyncGenerator<Schemas['Event'], void, undefined>} */
    events(query = {}) {
      return itemsOf((cursor) => this.eventsPage(withCursor(query, cursor)))
    },
    /**
     * Events as they happen, for ever; a lost connection is taken up again without losing any.
     *
     * @param {Omit<EventsQuery, 'limit'>} [query]
     * @param {object} [options]
     * @param {AbortSignal} [options.signal]
     * @param {string} [options.lastEventId] `seq` of the last event that is known
     * @param {(state: 'open' | 'lost') => void} [options.onState]
     * @param {(missed: { lastEventId: string, resumedAfter: number }) => void} [options.onGap] something was missed
     * @returns {AsyncGenerator<Schemas['Event'], void, undefined>}
     */
    async *followEvents(query = {}, { onGap, ...options } = {}) {
      const url = urlOf('/api/admin/events', query)
      for await (const event of followStream(session.fetch, url, options)) {
        const data = JSON.parse(event.data)
        if (event.type === 'gap') onGap?.(data)
        else yield data
      }
    },

    /** @param {AuditQuery} [query] */
    auditPage: (query = {}) => read(api.GET('/api/admin/audit', { params: { query } })),
    /** The audit log, newest first. @param {AuditQuery} [query] @returns {AsyncGenerator<Schemas['AuditEntry'], void, undefined>} */
    audit(query = {}) {
      return itemsOf((cursor) => this.auditPage(withCursor(query, cursor)))
    },

    documents: async () => (await read(api.GET('/api/admin/docs'))).items,
    /** @param {string} slug */
    document: (slug) => read(api.GET('/api/admin/docs/{slug}', { params: { path: { slug } } })),
  }
}

/** @typedef {ReturnType<typeof createAdminClient>} AdminClient */

/** @template {object} Q @param {Q} query @param {string | undefined} cursor */
const withCursor = (query, cursor) => (cursor === undefined ? query : { ...query, cursor })

/**
 * The body of a successful answer.
 *
 * @template T
 * @param {Promise<{ data?: T, error?: unknown, response: Response }>} call
 * @returns {Promise<NonNullable<T>>}
 */
async function read(call) {
  const { data, error, response } = await call.catch((cause) => {
    if (cause instanceof NoAnswerError) throw cause
    throw new NoAnswerError(`the answer cannot be read: ${causeOf(cause)}`, cause)
  })
  if (!response.ok) throw errorOf(response, error)
  return /** @type {NonNullable<T>} */ (data)
}

/**
 * As `read`, for a route that can also answer with a stream.
 *
 * @template T
 * @param {Promise<{ data?: T, error?: unknown, response: Response }>} call
 */
const readJson = async (call) => /** @type {Exclude<NonNullable<T>, string>} */ (await read(call))

/** @param {unknown} error */
function causeOf(error) {
  const { message, cause } = /** @type {Error & { cause?: { code?: string } }} */ (error)
  return cause?.code ?? message
}
